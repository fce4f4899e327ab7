//===- Places.cpp - accesses that annotations do not show -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/plugin/Places.h"
#include "clang/AST/Mangle.h"
#include "clang/AST/RecordLayout.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;
using namespace retsan::plugin;

namespace {

struct Part {
  uint64_t Offset = 0; ///< Bytes.
  uint64_t Id = 0;
  unsigned Variant = 0;
  const RecordDecl *Record = nullptr;
};

/// More parts than this in one object (an array of many records) are not
/// listed.
constexpr size_t MaxParts = 64;

class PlaceFinder : public RecursiveASTVisitor<PlaceFinder> {
public:
  PlaceFinder(ASTContext &Ctx, ArrayRef<TaggedField> Fields)
      : Ctx(Ctx), Mangler(Ctx) {
    for (const TaggedField &F : Fields) {
      AllFields[F.Top].push_back({F.OffsetBits / 8, F.Id, F.Variant});
      auto [It, New] = FirstField.try_emplace(F.Top, F);
      if (!New && F.OffsetBits < It->second.OffsetBits)
        It->second = F;
      if (F.Decl->isBitField())
        BitFields[F.Decl] = {0, F.Id, F.Variant};
    }
  }

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }

  bool TraverseDecl(Decl *D) {
    // Library code does not name records of the program, save in instances of
    // its templates, and those are too many to walk.
    if (D && !isa<TranslationUnitDecl>(D) &&
        Ctx.getSourceManager().isInSystemHeader(D->getLocation())) {
      instances(D);
      return true;
    }
    return RecursiveASTVisitor::TraverseDecl(D);
  }

  bool VisitBinaryOperator(BinaryOperator *E) {
    if (!E->isAssignmentOp())
      return true;
    if (E->getOpcode() == BO_Assign && E->getType()->isRecordType()) {
      addRecord(E->getExprLoc(), "copy", E->getType());
      // A compound literal or a call gives its own position to the copy.
      addRecord(E->getRHS()->getExprLoc(), "copy", E->getType());
    }
    bits(E->getExprLoc(), E->getLHS());
    return true;
  }

  bool VisitUnaryOperator(UnaryOperator *E) {
    if (E->isIncrementDecrementOp())
      bits(E->getExprLoc(), E->getSubExpr());
    return true;
  }

  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *E) {
    const auto *M = dyn_cast_or_null<CXXMethodDecl>(E->getDirectCallee());
    if (M && M->isTrivial() &&
        (M->isCopyAssignmentOperator() || M->isMoveAssignmentOperator()))
      addRecord(E->getExprLoc(), "copy", E->getArg(0)->getType());
    return true;
  }

  bool VisitCXXConstructExpr(CXXConstructExpr *E) {
    if (E->getConstructor()->isTrivial() &&
        E->getConstructor()->isCopyOrMoveConstructor())
      addRecord(E->getExprLoc(), "copy", E->getType());
    return true;
  }

  bool VisitCXXMethodDecl(CXXMethodDecl *M) {
    const auto *C = dyn_cast<CXXConstructorDecl>(M);
    bool Copies = M->isCopyAssignmentOperator() ||
                  M->isMoveAssignmentOperator() ||
                  (C && C->isCopyOrMoveConstructor());
    if (!Copies || !M->isDefaulted() || M->isDeleted() || M->isTrivial() ||
        M->isDependentContext())
      return true;
    std::vector<Part> Fields;
    members(M->getParent(), 0, Fields);
    if (Fields.empty())
      return true;
    std::vector<std::string> Names = Mangler.getAllManglings(M);
    if (Names.empty())
      Names.push_back(Mangler.getName(M));
    for (const std::string &Name : Names)
      Memberwise.push_back(
          llvm::json::Object{{"function", Name}, {"fields", list(Fields)}});
    return true;
  }

  bool VisitCXXDeleteExpr(CXXDeleteExpr *E) {
    add(E->getExprLoc(), "delete", {});
    return true;
  }

  bool VisitCallExpr(CallExpr *E) {
    const FunctionDecl *F = E->getDirectCallee();
    if (!F || !F->getIdentifier() || E->getNumArgs() < 2)
      return true;
    StringRef Name = F->getName();
    Name.consume_front("__builtin_");
    StringRef Kind =
        llvm::StringSwitch<StringRef>(Name)
            .Cases("memset", "bzero", "explicit_bzero", "__memset_chk",
                   "___memset_chk", "wipe")
            .Cases("memcpy", "memmove", "__memcpy_chk", "__memmove_chk",
                   "___memcpy_chk", "___memmove_chk", "copy")
            .Default("");
    if (Kind.empty())
      return true;
    QualType T = E->getArg(0)->IgnoreParenCasts()->getType();
    if (const auto *P = T->getAs<PointerType>())
      T = P->getPointeeType();
    addRecord(E->getExprLoc(), Kind, T);
    return true;
  }

  Places take() {
    return {std::move(Out), std::move(Memberwise), std::move(Copying)};
  }

private:
  /// Looks for functions of a library that are about records of the program.
  void instances(Decl *D) {
    if (!Ctx.getLangOpts().CPlusPlus || FirstField.empty())
      return;
    if (auto *F = dyn_cast<FunctionTemplateDecl>(D)) {
      for (FunctionDecl *Spec : F->specializations())
        instance(Spec);
    } else if (auto *C = dyn_cast<ClassTemplateDecl>(D)) {
      for (ClassTemplateSpecializationDecl *Spec : C->specializations())
        for (Decl *Member : Spec->decls())
          instances(Member);
    } else if (auto *F = dyn_cast<FunctionDecl>(D)) {
      instance(F);
    } else if (isa<NamespaceDecl, LinkageSpecDecl>(D) ||
               (isa<CXXRecordDecl>(D) &&
                !cast<CXXRecordDecl>(D)->isImplicit())) {
      for (Decl *Member : cast<DeclContext>(D)->decls())
        instances(Member);
    }
  }

  void instance(FunctionDecl *F) {
    if (!F->isTemplateInstantiation() || !F->isDefined() ||
        F->isDependentContext())
      return;
    std::vector<QualType> Types;
    auto Add = [&](ArrayRef<TemplateArgument> Args, auto &Again) -> void {
      for (const TemplateArgument &A : Args)
        if (A.getKind() == TemplateArgument::Type)
          Types.push_back(A.getAsType());
        else if (A.getKind() == TemplateArgument::Pack)
          Again(A.pack_elements(), Again);
    };
    if (const TemplateArgumentList *Args = F->getTemplateSpecializationArgs())
      Add(Args->asArray(), Add);
    if (const auto *In =
            dyn_cast<ClassTemplateSpecializationDecl>(F->getDeclContext()))
      Add(In->getTemplateArgs().asArray(), Add);
    llvm::SmallPtrSet<const RecordDecl *, 4> Seen;
    for (QualType T : Types) {
      T = T.getNonReferenceType();
      if (const auto *P = T->getAs<PointerType>())
        T = P->getPointeeType();
      const auto *R = dyn_cast_or_null<CXXRecordDecl>(recordIn(T, Ctx));
      if (!R || R->isInvalidDecl() || R->isDependentContext() ||
          !Seen.insert(R).second)
        continue;
      // A pair of records is assigned by members, but made as memory.
      if (!R->isTriviallyCopyable() && !R->hasTrivialMoveConstructor() &&
          !R->hasTrivialCopyConstructor())
        continue;
      std::vector<Part> Parts;
      parts(T, 0, Parts);
      if (!Parts.empty())
        Copying.push_back(llvm::json::Object{
            {"function", Mangler.getName(F)},
            {"size", int64_t(Ctx.getTypeSizeInChars(T).getQuantity())},
            {"parts", list(Parts)}});
    }
  }

  void bits(SourceLocation Loc, Expr *LHS) {
    const auto *M = dyn_cast<MemberExpr>(LHS->IgnoreParens());
    const auto *F = M ? dyn_cast<FieldDecl>(M->getMemberDecl()) : nullptr;
    if (auto It = BitFields.find(F); F && It != BitFields.end())
      add(Loc, "bits", It->second);
  }

  /// Lists the instrumented records in a value of type \p T at \p Base.
  void parts(QualType T, uint64_t Base, std::vector<Part> &Parts) {
    if (const ConstantArrayType *A = Ctx.getAsConstantArrayType(T)) {
      if (!recordIn(T, Ctx))
        return;
      uint64_t Size = Ctx.getTypeSizeInChars(A->getElementType()).getQuantity();
      for (uint64_t I = 0; I < A->getZExtSize() && Parts.size() < MaxParts; ++I)
        parts(A->getElementType(), Base + I * Size, Parts);
      return;
    }
    const RecordDecl *R = recordIn(T, Ctx);
    if (!R || R->isInvalidDecl() || R->isDependentContext() ||
        Parts.size() >= MaxParts)
      return;
    if (auto It = FirstField.find(R); It != FirstField.end())
      Parts.push_back({Base, It->second.Id, It->second.Variant, R});
    const ASTRecordLayout &Layout = Ctx.getASTRecordLayout(R);
    if (const auto *C = dyn_cast<CXXRecordDecl>(R))
      for (const CXXBaseSpecifier &B : C->bases())
        if (const CXXRecordDecl *BD = B.getType()->getAsCXXRecordDecl();
            BD && !B.isVirtual())
          parts(B.getType(), Base + Layout.getBaseClassOffset(BD).getQuantity(),
                Parts);
    for (const FieldDecl *F : R->fields())
      if (recordIn(F->getType(), Ctx))
        parts(F->getType(),
              Base + Layout.getFieldOffset(F->getFieldIndex()) / 8, Parts);
  }

  /// Lists the instrumented fields of \p R, those of bases and members
  /// included.
  void members(const RecordDecl *R, uint64_t Base, std::vector<Part> &Fields) {
    std::vector<Part> Records;
    if (!R->isInvalidDecl())
      parts(Ctx.getRecordType(R), Base, Records);
    for (const Part &P : Records)
      for (const Part &F : AllFields.lookup(P.Record))
        Fields.push_back({P.Offset + F.Offset, F.Id, F.Variant});
  }

  void addRecord(SourceLocation Loc, StringRef Kind, QualType T) {
    if (T->isDependentType() || !recordIn(T, Ctx))
      return;
    std::vector<Part> Parts;
    parts(T, 0, Parts);
    if (!Parts.empty())
      add(Loc, Kind, Parts, Ctx.getTypeSizeInChars(T).getQuantity());
  }

  static llvm::json::Array list(ArrayRef<Part> Parts) {
    llvm::json::Array Items;
    for (const Part &X : Parts)
      Items.push_back(llvm::json::Array{
          int64_t(X.Offset), llvm::utohexstr(X.Id, /*LowerCase=*/true, 16),
          int64_t(X.Variant)});
    return Items;
  }

  void add(SourceLocation Loc, StringRef Kind, ArrayRef<Part> Parts,
           int64_t Size = 0) {
    const SourceManager &SM = Ctx.getSourceManager();
    PresumedLoc P = SM.getPresumedLoc(SM.getExpansionLoc(Loc));
    if (P.isInvalid())
      return;
    Out.push_back(llvm::json::Object{{"file", P.getFilename()},
                                     {"line", int64_t(P.getLine())},
                                     {"col", int64_t(P.getColumn())},
                                     {"kind", Kind},
                                     {"size", Size},
                                     {"parts", list(Parts)}});
  }

  ASTContext &Ctx;
  llvm::DenseMap<const RecordDecl *, TaggedField> FirstField;
  llvm::DenseMap<const FieldDecl *, Part> BitFields;
  llvm::DenseMap<const RecordDecl *, std::vector<Part>> AllFields;
  ASTNameGenerator Mangler;
  llvm::json::Array Out, Memberwise, Copying;
};

} // namespace

Places retsan::plugin::findPlaces(ASTContext &Ctx,
                                  ArrayRef<TaggedField> Fields) {
  PlaceFinder Finder(Ctx, Fields);
  Finder.TraverseDecl(Ctx.getTranslationUnitDecl());
  return Finder.take();
}
