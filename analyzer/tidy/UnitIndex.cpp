//===- UnitIndex.cpp - what one translation unit sees wholly --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tidy/UnitIndex.h"
#include "analyzer/extract/Extract.h"
#include "analyzer/extract/UnitBuilder.h"
#include "analyzer/tidy/Surroundings.h"
#include "clang/AST/DeclFriend.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/Path.h"

using namespace clang;
using namespace llvm;

namespace retsan::tidy {

/// Collects declarations and accesses below the declarations of the project.
class UnitIndex::Visitor : public RecursiveASTVisitor<UnitIndex::Visitor> {
public:
  explicit Visitor(UnitIndex &Index) : I(Index) {}

  bool TraverseDecl(Decl *D) {
    const FunctionDecl *Outer = Function;
    if (const auto *FD = dyn_cast_or_null<FunctionDecl>(D))
      Function = FD->getCanonicalDecl();
    bool Go = RecursiveASTVisitor::TraverseDecl(D);
    Function = Outer;
    return Go;
  }

  bool VisitCallExpr(CallExpr *E) {
    if (const FunctionDecl *Callee = E->getDirectCallee())
      I.Calls[Function].push_back(Callee->getCanonicalDecl());
    return true;
  }

  bool VisitFieldDecl(FieldDecl *FD) {
    if (I.fieldHere(FD))
      if (uint64_t Id = extract::subjectIdOf(FD, I.Ctx))
        I.Whole.try_emplace(Id, FD);
    return true;
  }

  bool VisitVarDecl(VarDecl *VD) {
    if (I.variableHere(VD))
      if (uint64_t Id = extract::subjectIdOf(VD, I.Ctx))
        I.Whole.try_emplace(Id, VD->getCanonicalDecl());
    return true;
  }

  bool VisitMemberExpr(MemberExpr *E) {
    if (isa<FieldDecl>(E->getMemberDecl()))
      add(E->getMemberDecl(), E);
    return true;
  }

  bool VisitDeclRefExpr(DeclRefExpr *E) {
    if (const auto *VD = dyn_cast<VarDecl>(E->getDecl()))
      if (VD->hasGlobalStorage())
        add(VD->getCanonicalDecl(), E);
    return true;
  }

private:
  void add(const ValueDecl *D, const Expr *E) {
    I.Accesses[D].push_back(E);
    I.FunctionOf[E] = Function;
  }

  UnitIndex &I;
  const FunctionDecl *Function = nullptr;
};

static bool isHeaderName(StringRef Path) {
  StringRef Ext = sys::path::extension(Path);
  return StringSwitch<bool>(Ext)
      .Cases(".h", ".hh", ".hpp", ".hxx", ".H", true)
      .Cases(".inc", ".inl", ".ipp", ".tpp", ".tcc", true)
      .Default(false);
}

UnitIndex::UnitIndex(ASTContext &Ctx)
    : Ctx(Ctx), SM(Ctx.getSourceManager()),
      HeaderUnit(Ctx.getLangOpts().IsHeaderFile) {
  if (OptionalFileEntryRef FE = SM.getFileEntryRefForID(SM.getMainFileID()))
    HeaderUnit |= isHeaderName(FE->getName());
  Visitor V(*this);
  for (Decl *D : Ctx.getTranslationUnitDecl()->decls())
    if (!SM.isInSystemHeader(SM.getExpansionLoc(D->getLocation())))
      V.TraverseDecl(D);
}

bool UnitIndex::mainFile(SourceLocation L) const {
  return L.isValid() && !HeaderUnit &&
         SM.getFileID(SM.getExpansionLoc(L)) == SM.getMainFileID();
}

/// Whether every function that may name a private member of \p RD is here.
bool UnitIndex::methodsHere(const CXXRecordDecl *RD) {
  RD = RD->getDefinition();
  if (!RD || RD->isDependentType() || isa<ClassTemplateSpecializationDecl>(RD))
    return false;
  auto [It, New] = MethodsHere.try_emplace(RD, true);
  if (!New)
    return It->second;
  auto Defined = [](const FunctionDecl *FD) {
    return FD->isImplicit() || FD->isDefaulted() || FD->isDeleted() ||
           FD->isPureVirtual() || FD->isDefined();
  };
  bool Here = true;
  for (const Decl *D : RD->decls()) {
    if (const auto *MD = dyn_cast<CXXMethodDecl>(D))
      Here &= Defined(MD);
    else if (isa<TemplateDecl>(D))
      Here = false; // Other units may make other instances.
    else if (const auto *Inner = dyn_cast<CXXRecordDecl>(D))
      Here &= Inner->isInjectedClassName() || methodsHere(Inner);
    else if (const auto *Fr = dyn_cast<FriendDecl>(D)) {
      const NamedDecl *Who = Fr->getFriendDecl();
      const TypeSourceInfo *Type = Fr->getFriendType();
      const CXXRecordDecl *Class =
          Type ? Type->getType()->getAsCXXRecordDecl() : nullptr;
      if (const auto *FD = dyn_cast_or_null<FunctionDecl>(Who))
        Here &= Defined(FD);
      else
        Here &= Class && methodsHere(Class);
    }
    if (!Here)
      break;
  }
  return MethodsHere[RD] = Here;
}

bool UnitIndex::recordHere(const RecordDecl *RD) {
  if (isa<ClassTemplateSpecializationDecl>(RD) || RD->isDependentType())
    return false;
  if (mainFile(RD->getLocation()))
    return true;
  // A private record of a class in a header is only known to that class.
  const auto *Outer = dyn_cast<CXXRecordDecl>(RD->getDeclContext());
  const auto *CRD = dyn_cast<CXXRecordDecl>(RD);
  if (!Outer || !CRD || SM.isInSystemHeader(RD->getLocation()))
    return false;
  return methodsHere(CRD) &&
         (recordHere(Outer) ||
          (RD->getAccess() == AS_private && methodsHere(Outer)));
}

bool UnitIndex::fieldHere(const FieldDecl *FD) {
  const RecordDecl *Root = FD->getParent();
  bool Private = FD->getAccess() == AS_private;
  while (const FieldDecl *Holder = extract::holderOf(Root)) {
    Private |= Holder->getAccess() == AS_private;
    Root = Holder->getParent();
  }
  if (recordHere(Root))
    return true;
  const auto *Class = dyn_cast<CXXRecordDecl>(Root);
  return Private && Class && methodsHere(Class);
}

bool UnitIndex::variableHere(const VarDecl *VD) {
  if (!VD->hasGlobalStorage() || VD->getType()->isDependentType() ||
      VD->isTemplated())
    return false;
  if (VD->isStaticDataMember()) {
    const auto *Class = dyn_cast<CXXRecordDecl>(VD->getDeclContext());
    return Class && (recordHere(Class) ||
                     (VD->getAccess() == AS_private && methodsHere(Class)));
  }
  return mainFile(VD->getLocation()) &&
         (VD->isStaticLocal() ||
          !isExternalFormalLinkage(VD->getFormalLinkage()));
}

const ValueDecl *UnitIndex::whole(uint64_t SubjectId) const {
  return Whole.lookup(SubjectId);
}

ArrayRef<const Expr *> UnitIndex::accesses(const ValueDecl *D) const {
  auto It = Accesses.find(D);
  return It == Accesses.end() ? ArrayRef<const Expr *>() : It->second;
}

bool UnitIndex::mayRead(const FunctionDecl *FD, const ValueDecl *D) const {
  SmallPtrSet<const FunctionDecl *, 8> Readers;
  for (const Expr *E : accesses(D)) {
    Role What = classify(E, Ctx).What;
    if (What != Role::Assigned && What != Role::Released &&
        !guardsRelease(E, Ctx))
      Readers.insert(FunctionOf.lookup(E));
  }
  SmallVector<const FunctionDecl *, 8> Work{FD->getCanonicalDecl()};
  SmallPtrSet<const FunctionDecl *, 16> Seen;
  while (!Work.empty()) {
    const FunctionDecl *At = Work.pop_back_val();
    if (!Seen.insert(At).second)
      continue;
    if (Readers.contains(At))
      return true;
    if (auto It = Calls.find(At); It != Calls.end())
      Work.append(It->second.begin(), It->second.end());
  }
  return false;
}

FileID UnitIndex::fileOf(StringRef Path) const {
  OptionalFileEntryRef FE = SM.getFileManager().getOptionalFileRef(Path);
  return FE ? SM.translateFile(*FE) : FileID();
}

bool UnitIndex::onLine(SourceLocation L, FileID F, unsigned Line) const {
  if (L.isInvalid())
    return false;
  auto [At, Offset] = SM.getDecomposedExpansionLoc(L);
  return At == F && SM.getLineNumber(At, Offset) == Line;
}

SmallVector<const Expr *, 2>
UnitIndex::accessesAt(const ValueDecl *D, StringRef File, unsigned Line) const {
  SmallVector<const Expr *, 2> Result;
  FileID F = fileOf(File);
  if (F.isValid())
    for (const Expr *E : accesses(D))
      if (onLine(E->getExprLoc(), F, Line))
        Result.push_back(E);
  return Result;
}

SourceLocation UnitIndex::place(StringRef File, unsigned Line,
                                const ValueDecl *D) const {
  FileID F = fileOf(File);
  if (F.isInvalid() || Line == 0)
    return SourceLocation();
  if (D) {
    for (const Expr *E : accesses(D))
      if (onLine(E->getExprLoc(), F, Line))
        return SM.getExpansionLoc(E->getExprLoc());
    if (onLine(D->getLocation(), F, Line))
      return SM.getExpansionLoc(D->getLocation());
  }
  SourceLocation Start = SM.translateLineCol(F, Line, 1);
  if (Start.isInvalid())
    return Start;
  StringRef Text = SM.getBufferData(F).drop_front(SM.getFileOffset(Start));
  size_t Blanks = Text.take_until([](char C) { return C == '\n'; })
                      .find_first_not_of(" \t\r");
  return Blanks == StringRef::npos ? Start : Start.getLocWithOffset(Blanks);
}

} // namespace retsan::tidy
