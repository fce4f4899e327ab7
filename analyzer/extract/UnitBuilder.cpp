//===- UnitBuilder.cpp - tables of a unit
//------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/UnitBuilder.h"
#include "analyzer/model/RecordKey.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Index/USRGeneration.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::None;

UnitBuilder::UnitBuilder(ASTContext &Ctx)
    : Ctx(Ctx), SM(Ctx.getSourceManager()), From(SM) {
  U.ToolVersion = RETSAN_VERSION_STRING;
  U.Types.front().Spelling = str("void");
  U.MainFile = From.mainFile();
}

facts::StrId UnitBuilder::str(StringRef S) {
  if (S.empty())
    return 0;
  auto [It, New] = StrIds.try_emplace(S, U.Strings.size());
  if (New)
    U.Strings.push_back(S.str());
  return It->second;
}

bool UnitBuilder::isSystem(SourceLocation L) const {
  return L.isValid() && SM.isInSystemHeader(SM.getExpansionLoc(L));
}

uint32_t UnitBuilder::file(std::string Path, bool System) {
  if (Path.empty())
    return None;
  auto [It, New] = PathIds.try_emplace(Path, U.Files.size());
  if (New)
    U.Files.push_back({str(Path), System});
  return It->second;
}

facts::SrcLoc UnitBuilder::loc(SourceLocation L) {
  facts::SrcLoc Out;
  if (L.isInvalid())
    return Out;
  // Instructions of one expression ask for the same location in a row.
  if (L == LastLoc)
    return LastSrcLoc;
  auto [FID, Offset] = SM.getDecomposedExpansionLoc(L);
  auto [It, New] = FileIds.try_emplace(FID, None);
  // All files of preprocessed text have one id.
  if (New || From.isPreprocessed())
    It->second = file(From.fileOf(L), isSystem(L));
  if (It->second == None)
    return Out;
  Out.File = It->second;
  Out.Line =
      From.isPreprocessed() ? From.lineOf(L) : SM.getLineNumber(FID, Offset);
  Out.Col = SM.getColumnNumber(FID, Offset);
  LastLoc = L;
  return LastSrcLoc = Out;
}

facts::TypeId UnitBuilder::type(QualType T) {
  if (T.isNull())
    return 0;
  auto It = TypeIds.find(T.getAsOpaquePtr());
  if (It != TypeIds.end())
    return It->second;
  // All spellings of a type share one entry, the first one's spelling.
  QualType Canon = T.getCanonicalType();
  auto CanonIt = TypeIds.find(Canon.getAsOpaquePtr());
  facts::TypeId Id = CanonIt != TypeIds.end() ? CanonIt->second : makeType(T);
  TypeIds[T.getAsOpaquePtr()] = Id;
  return Id;
}

static bool isSignedInt(QualType T) {
  return T->isSignedIntegerOrEnumerationType();
}

facts::TypeId UnitBuilder::makeType(QualType T) {
  QualType Canon = T.getCanonicalType();
  if (Canon->isVoidType() && !Canon.hasQualifiers())
    return TypeIds[Canon.getAsOpaquePtr()] = 0;
  // Entered before its parts: records refer to themselves through pointers.
  facts::TypeId Id = U.Types.size();
  U.Types.emplace_back();
  TypeIds[Canon.getAsOpaquePtr()] = Id;

  facts::Type Ty;
  PrintingPolicy Policy = Ctx.getPrintingPolicy();
  Policy.SuppressTagKeyword = Ctx.getLangOpts().CPlusPlus;
  Policy.AnonymousTagLocations = false;
  Ty.Spelling = str(T.getAsString(Policy));
  Ty.Const = Canon.isConstQualified();
  Ty.Volatile = Canon.isVolatileQualified();
  if (const auto *AT = Canon->getAs<AtomicType>()) {
    Ty.Atomic = true;
    Canon = AT->getValueType().getCanonicalType();
  }
  if (!Canon->isIncompleteType() && !Canon->isDependentType() &&
      !Canon->isFunctionType() && !Canon->isUndeducedType() &&
      !Canon->isVariableArrayType())
    if (std::optional<CharUnits> Size = Ctx.getTypeSizeInCharsIfKnown(Canon))
      Ty.SizeBytes = static_cast<uint32_t>(
          std::min<int64_t>(Size->getQuantity(), UINT32_MAX));

  using facts::TypeKind;
  if (Canon->isVoidType()) {
    Ty.Kind = TypeKind::Void;
  } else if (Canon->isBooleanType()) {
    Ty.Kind = TypeKind::Bool;
  } else if (Canon->isEnumeralType()) {
    Ty.Kind = TypeKind::Enum;
    Ty.Signed = isSignedInt(Canon);
  } else if (Canon->isIntegerType()) {
    Ty.Kind = TypeKind::Int;
    Ty.Signed = isSignedInt(Canon);
  } else if (Canon->isRealFloatingType()) {
    Ty.Kind = TypeKind::Float;
  } else if (Canon->isFunctionType() || Canon->isMemberPointerType() ||
             Canon->isBlockPointerType()) {
    Ty.Kind = TypeKind::Function;
  } else if (Canon->isPointerType() || Canon->isReferenceType()) {
    QualType Pointee = Canon->getPointeeType();
    if (Pointee->isFunctionType()) {
      Ty.Kind = TypeKind::Function;
    } else {
      Ty.Kind = TypeKind::Pointer;
      Ty.Elem = type(Pointee);
    }
  } else if (const ArrayType *AT = Ctx.getAsArrayType(Canon)) {
    Ty.Kind = TypeKind::Array;
    Ty.Elem = type(AT->getElementType());
    if (const auto *CAT = dyn_cast<ConstantArrayType>(AT))
      Ty.ArrayCount = CAT->getZExtSize();
  } else if (const RecordDecl *RD = Canon->getAsRecordDecl()) {
    Ty.Owner = ownerKind(Canon);
    if (Ty.Owner != facts::OwnerKind::None) {
      Ty.Kind = TypeKind::Pointer;
      Ty.Elem = type(ownedType(Canon));
    } else if (isStdArray(Canon)) {
      Ty.Kind = TypeKind::Array;
      Ty.Elem = type(ownedType(Canon));
      uint64_t ElemSize = U.Types[Ty.Elem].SizeBytes;
      Ty.ArrayCount = ElemSize ? Ty.SizeBytes / ElemSize : 0;
    } else if (isStdAtomic(Canon)) {
      // std::atomic<T> is a T whose accesses are calls.
      facts::TypeId Inner = type(ownedType(Canon));
      facts::StrId Spelling = Ty.Spelling;
      Ty = U.Types[Inner];
      Ty.Spelling = Spelling;
      Ty.Atomic = true;
    } else {
      Ty.Kind = TypeKind::Record;
      Ty.Record = record(RD);
    }
  } else {
    Ty.Kind = TypeKind::Other;
  }
  U.Types[Id] = Ty;
  return Id;
}

uint32_t UnitBuilder::record(const RecordDecl *RD) {
  if (const RecordDecl *Def = RD->getDefinition())
    RD = Def;
  auto It = RecordIds.find(RD);
  if (It != RecordIds.end())
    return It->second;
  uint32_t Index = U.Records.size();
  RecordIds[RD] = Index;
  U.Records.emplace_back();

  facts::Record R;
  std::string Name = recordName(RD);
  R.Name = str(Name);
  R.Usr = str(recordUsr(RD, Ctx));
  bool Complete = RD->isCompleteDefinition() && !RD->isInvalidDecl();
  R.Key = str(keyOf(RD, Ctx));
  R.Decl = loc(RD->getLocation());
  R.Union = RD->isUnion();
  R.Anonymous = Name.empty();
  R.System = isSystem(RD->getLocation());
  R.InMainFile = From.isInMainFile(RD->getLocation());
  R.Cxx = Ctx.getLangOpts().CPlusPlus;
  if (Complete && !RD->isDependentType()) {
    R.LayoutHash = layoutHash(RD, Ctx);
    R.SizeBytes = static_cast<uint32_t>(
        Ctx.getASTRecordLayout(RD).getSize().getQuantity());
  }
  if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD); CRD && Complete) {
    R.Polymorphic = CRD->isPolymorphic();
    const CXXDestructorDecl *DD = CRD->getDestructor();
    R.UserDtor = DD && DD->isUserProvided();
  }
  if (R.Anonymous)
    if (const auto *Outer = dyn_cast<RecordDecl>(RD->getDeclContext()))
      R.Parent = record(Outer);
  bool System = R.System;
  U.Records[Index] = std::move(R);
  if (Complete && !System)
    fillFields(Index, RD);
  return Index;
}

uint32_t UnitBuilder::completeRecord(const RecordDecl *RD) {
  uint32_t Index = record(RD);
  if (const RecordDecl *Def = RD->getDefinition())
    fillFields(Index, Def);
  return Index;
}

/// Writes the values of enumerators behind their names: "state == BODY" becomes
/// "state == BODY /* 1 */". They may be of a field's type or in scope of the
/// file.
static std::string withEnumerators(StringRef Contract, const RecordDecl *RD) {
  ASTContext &Ctx = RD->getASTContext();
  auto Find = [&](StringRef Name) -> const EnumConstantDecl * {
    auto In = [&](const EnumDecl *ED) -> const EnumConstantDecl * {
      for (const EnumConstantDecl *E : ED->enumerators())
        if (E->getName() == Name)
          return E;
      return nullptr;
    };
    for (const FieldDecl *FD : RD->fields())
      if (const auto *ET = FD->getType()->getAs<EnumType>())
        if (const EnumConstantDecl *E = In(ET->getDecl()))
          return E;
    for (const NamedDecl *D :
         Ctx.getTranslationUnitDecl()->lookup(&Ctx.Idents.get(Name)))
      if (const auto *E = dyn_cast<EnumConstantDecl>(D))
        return E;
    return nullptr;
  };
  std::string Result;
  while (!Contract.empty()) {
    StringRef Word =
        Contract.take_while([](char C) { return isAlnum(C) || C == '_'; });
    if (Word.empty()) {
      Result += Contract.front();
      Contract = Contract.drop_front();
      continue;
    }
    Contract = Contract.drop_front(Word.size());
    Result += Word;
    const EnumConstantDecl *E = isDigit(Word[0]) ? nullptr : Find(Word);
    if (E && E->getInitVal().isRepresentableByInt64())
      Result += (" /* " + Twine(E->getInitVal().getExtValue()) + " */").str();
  }
  return Result;
}

void UnitBuilder::fillFields(uint32_t Index, const RecordDecl *RD) {
  if (RD->isDependentType() || RD->isInvalidDecl() ||
      !RD->isCompleteDefinition() || std::exchange(Filled[RD], true))
    return;
  const ASTRecordLayout &Layout = Ctx.getASTRecordLayout(RD);
  // Collected aside: a field's type may add records and move the table.
  std::vector<facts::Field> Fields;
  uint32_t NumBases = 0;
  if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD)) {
    for (const CXXBaseSpecifier &Base : CRD->bases()) {
      const CXXRecordDecl *BRD = Base.getType()->getAsCXXRecordDecl();
      facts::Field F;
      F.Type = type(Base.getType());
      F.Decl = loc(Base.getBeginLoc());
      F.Private = Base.getAccessSpecifier() != AS_public;
      CharUnits Offset = CharUnits::Zero();
      if (BRD)
        Offset = Base.isVirtual() ? Layout.getVBaseClassOffset(BRD)
                                  : Layout.getBaseClassOffset(BRD);
      F.OffsetBits = static_cast<uint32_t>(Ctx.toBits(Offset));
      Fields.push_back(F);
      ++NumBases;
    }
    if (!U.Records[Index].System)
      CxxRecords.push_back(CRD);
  }
  for (const FieldDecl *FD : RD->fields()) {
    facts::Field F;
    F.Name = str(FD->getName());
    F.Type = type(FD->getType());
    F.OffsetBits =
        static_cast<uint32_t>(Layout.getFieldOffset(FD->getFieldIndex()));
    F.Decl = loc(FD->getLocation());
    F.BitField = FD->isBitField();
    F.Private =
        FD->getAccess() == AS_private || FD->getAccess() == AS_protected;
    F.Mutable = FD->isMutable();
    F.LiveWhile = str(withEnumerators(annotation(FD, "live_while"), RD));
    F.Retained = str(annotation(FD, "retained"));
    Fields.push_back(F);
  }
  U.Records[Index].NumBases = NumBases;
  U.Records[Index].Fields = std::move(Fields);
}

facts::PathElem UnitBuilder::fieldElem(const FieldDecl *FD) {
  const RecordDecl *RD = FD->getParent();
  facts::PathElem E;
  E.Record = completeRecord(RD);
  E.Index = U.Records[E.Record].NumBases + FD->getFieldIndex();
  if (NamedByType.insert(FD).second)
    nameByType(E.Record, E.Index, FD->getType());
  return E;
}

std::optional<facts::PathElem>
UnitBuilder::baseElem(const CXXRecordDecl *Derived, const CXXRecordDecl *Base) {
  Derived = Derived->getDefinition();
  if (!Derived)
    return std::nullopt;
  facts::PathElem E;
  E.Record = completeRecord(Derived);
  for (const CXXBaseSpecifier &B : Derived->bases()) {
    const CXXRecordDecl *BRD = B.getType()->getAsCXXRecordDecl();
    if (BRD && BRD->getCanonicalDecl() == Base->getCanonicalDecl() &&
        E.Index < U.Records[E.Record].Fields.size())
      return E;
    ++E.Index;
  }
  return std::nullopt;
}

uint32_t UnitBuilder::global(const VarDecl *VD) {
  const VarDecl *Canon = VD->getCanonicalDecl();
  auto It = GlobalIds.find(Canon);
  if (It != GlobalIds.end())
    return It->second;
  uint32_t Index = U.Globals.size();
  GlobalIds[Canon] = Index;
  U.Globals.emplace_back();

  const VarDecl *Def = VD->getDefinition(Ctx);
  if (!Def)
    Def = VD->getActingDefinition();
  const VarDecl *D = Def ? Def : VD;
  facts::Global G;
  G.Usr = str(stableUsr(Canon, Ctx));
  G.Name = str(qualifiedName(Canon));
  G.Type = type(D->getType());
  G.Link = isExternalFormalLinkage(Canon->getFormalLinkage())
               ? facts::Linkage::External
               : facts::Linkage::Internal;
  G.Const = D->getType().isConstQualified();
  G.ThreadLocal = D->getTLSKind() != VarDecl::TLS_None;
  G.FunctionStatic = D->isStaticLocal();
  G.Defined = Def != nullptr;
  G.System = isSystem(D->getLocation());
  G.InMainFile = From.isInMainFile(D->getLocation());
  for (const VarDecl *R : D->redecls()) {
    if (!G.LiveWhile)
      G.LiveWhile = str(annotation(R, "live_while"));
    if (!G.Retained)
      G.Retained = str(annotation(R, "retained"));
  }
  G.Decl = loc(D->getLocation());
  if (G.Defined && !G.System)
    addGlobalInits(*this, G, D);
  U.Globals[Index] = std::move(G);
  nameByType(None, Index, D->getType());
  return Index;
}

/// Instances for a closure differ in what they call: each stands for itself.
/// Names the closures among \p Args.
static void nameClosures(ArrayRef<TemplateArgument> Args, ASTContext &Ctx,
                         std::string &Out, unsigned Depth = 0) {
  for (const TemplateArgument &A : Args) {
    if (A.getKind() == TemplateArgument::Pack)
      nameClosures(A.pack_elements(), Ctx, Out, Depth);
    if (A.getKind() != TemplateArgument::Type || Depth > 3)
      continue;
    const CXXRecordDecl *RD =
        A.getAsType().getNonReferenceType()->getAsCXXRecordDecl();
    if (!RD)
      continue;
    if (RD->isLambda())
      Out += lambdaPath(RD, Ctx);
    else if (const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD))
      nameClosures(Spec->getTemplateArgs().asArray(), Ctx, Out, Depth + 1);
  }
}

static std::string closuresOf(const FunctionDecl *FD, ASTContext &Ctx) {
  std::string Out;
  if (const TemplateArgumentList *Args = FD->getTemplateSpecializationArgs())
    nameClosures(Args->asArray(), Ctx, Out);
  for (const DeclContext *DC = FD->getDeclContext(); DC; DC = DC->getParent())
    if (const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(DC))
      nameClosures(Spec->getTemplateArgs().asArray(), Ctx, Out);
  return Out;
}

uint32_t UnitBuilder::callee(const FunctionDecl *FD) {
  const FunctionDecl *Canon = FD->getCanonicalDecl();
  auto It = CalleeIds.find(Canon);
  if (It != CalleeIds.end())
    return It->second;
  // The instances of a template are one function to the reader of facts.
  const FunctionDecl *Named = Canon;
  if (const FunctionDecl *Pattern = FD->getTemplateInstantiationPattern())
    Named = Pattern->getCanonicalDecl();
  std::string Closures;
  if (Named != Canon && !isSystem(Named->getLocation()))
    Closures = closuresOf(FD, Ctx);
  std::string Usr = stableUsr(Closures.empty() ? Named : Canon, Ctx) + Closures;
  auto [UsrIt, New] = CalleeUsrs.try_emplace(Usr, U.Callees.size());
  if (!New)
    return CalleeIds[Canon] = UsrIt->second;
  uint32_t Index = U.Callees.size();
  CalleeIds[Canon] = Index;
  U.Callees.emplace_back();

  facts::Callee C;
  C.Usr = str(Usr);
  C.Name = str(qualifiedName(Named));
  C.Link = isExternalFormalLinkage(Canon->getFormalLinkage())
               ? facts::Linkage::External
               : facts::Linkage::Internal;
  if (const auto *MD = dyn_cast<CXXMethodDecl>(Canon)) {
    C.Method = MD->isInstance();
    C.VirtualMethod = MD->isVirtual();
    for (const CXXMethodDecl *O : MD->overridden_methods())
      C.Overrides.push_back(str(stableUsr(O->getCanonicalDecl(), Ctx)));
  }
  C.NoReturn = FD->isNoReturn() || FD->hasAttr<AnalyzerNoReturnAttr>();
  if (const auto *FPT = FD->getType()->getAs<FunctionProtoType>())
    C.NoThrow = isNoexceptExceptionSpec(FPT->getExceptionSpecType()) &&
                FPT->canThrow() == CT_Cannot;
  for (const FunctionDecl *R : FD->redecls()) {
    // The loader calls it, or code that is not seen.
    if (R->hasAttr<ConstructorAttr>() || R->hasAttr<DestructorAttr>() ||
        R->hasAttr<UsedAttr>())
      C.Link = facts::Linkage::External;
    C.NoThrow |= R->hasAttr<NoThrowAttr>();
    C.MallocLike |= R->hasAttr<RestrictAttr>();
    for (const auto *A : R->specific_attrs<OwnershipAttr>()) {
      if (A->isReturns()) {
        C.MallocLike = true;
        continue;
      }
      for (const ParamIdx &Arg : A->args())
        if (Arg.getASTIndex() + C.Method < 64)
          C.TakesArgs |= uint64_t(1) << (Arg.getASTIndex() + C.Method);
    }
    if (!From.isInMainFile(R->getLocation()) && !isSystem(R->getLocation()) &&
        R->getLocation().isValid())
      C.DeclaredInHeader = true;
  }
  C.SystemDecl = isSystem(Canon->getLocation()) ||
                 Canon->getLocation().isInvalid() || Canon->getBuiltinID() != 0;
  C.Decl = loc(Canon->getLocation());
  U.Callees[Index] = std::move(C);
  return Index;
}

uint32_t UnitBuilder::namedCallee(StringRef Name) {
  std::string Usr = ("c:" + Name).str();
  auto [It, New] = CalleeUsrs.try_emplace(Usr, U.Callees.size());
  if (New) {
    facts::Callee &C = U.Callees.emplace_back();
    C.Usr = str(Usr);
    C.Name = str(Name);
    C.SystemDecl = true;
  }
  return It->second;
}

uint32_t UnitBuilder::takenCallee(const FunctionDecl *FD) {
  uint32_t Index = callee(FD);
  U.Callees[Index].AddressTaken = true;
  return Index;
}
