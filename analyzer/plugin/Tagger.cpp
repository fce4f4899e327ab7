//===- Tagger.cpp - tags on the declarations of subjects ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/plugin/Tagger.h"
#include "analyzer/extract/Extract.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using namespace retsan::plugin;

bool retsan::plugin::isUnnamed(const RecordDecl *R) {
  return !R->getDeclName() && !R->getTypedefNameForAnonDecl();
}

RecordDecl *retsan::plugin::recordIn(QualType T, ASTContext &Ctx) {
  while (const ArrayType *A = Ctx.getAsArrayType(T))
    T = A->getElementType();
  RecordDecl *R = T->getAsRecordDecl();
  return R ? R->getDefinition() : nullptr;
}

static std::string tagText(uint64_t Id, uint16_t Role, unsigned Variant) {
  StringRef Name = Role == RETSAN_ROLE_PHASE   ? ":phase:"
                   : Role == RETSAN_ROLE_FIELD ? ":field:"
                                               : ":suspect:";
  return (TagPrefix + llvm::utohexstr(Id, /*LowerCase=*/true, 16) + Name +
          llvm::Twine(Variant))
      .str();
}

static void annotate(Decl *D, ASTContext &Ctx, const std::string &Text) {
  for (const auto *A : D->specific_attrs<AnnotateAttr>())
    if (A->getAnnotation().starts_with(TagPrefix))
      return; // Tagged already, perhaps in a precompiled header.
  D->addAttr(AnnotateAttr::CreateImplicit(Ctx, Text, nullptr, 0));
}

uint16_t Tagger::roleOf(const ValueDecl *D, uint64_t Id) const {
  if (!Id)
    return 0;
  auto It = List.Subjects.find(Id);
  if (It != List.Subjects.end())
    return It->second.Role;
  if (List.Mode != RETSAN_MODE_ALL ||
      Ctx.getSourceManager().isInSystemHeader(D->getLocation()))
    return 0;
  QualType T = D->getType();
  while (const ArrayType *A = Ctx.getAsArrayType(T))
    T = A->getElementType();
  return T->isObjectPointerType() || T->isVoidPointerType()
             ? uint16_t(RETSAN_ROLE_FIELD)
             : uint16_t(0);
}

void Tagger::recordDone(RecordDecl *R) {
  if (!isUnnamed(R))
    tagRecord(R, R);
}

/// Tags the fields of \p R and of the unnamed records held in it.
void Tagger::tagRecord(RecordDecl *R, RecordDecl *Top) {
  if (!R->isCompleteDefinition() || R->isInvalidDecl() ||
      R->isDependentContext() || !Done.insert(R).second)
    return;
  for (FieldDecl *F : R->fields()) {
    RecordDecl *In = recordIn(F->getType(), Ctx);
    if (In && isUnnamed(In))
      tagRecord(In, Top);
    if (!F->getDeclName() || F->getType()->isReferenceType())
      continue;
    if (List.Mode != RETSAN_MODE_ALL && !List.LastNames.contains(F->getName()))
      continue;
    uint64_t Id = extract::subjectIdOf(F, Ctx);
    uint16_t Role = roleOf(F, Id);
    if (!Role)
      continue;
    annotate(F, Ctx, tagText(Id, Role, Fields.size()));
    Fields[F] = {F, Top, Id, Role};
  }
}

/// True if an object of \p R has a suspect field somewhere in it.
bool Tagger::holdsSuspects(const RecordDecl *R) {
  if (!R || R->isInvalidDecl() || R->isDependentContext())
    return false;
  auto [It, New] = Holds.try_emplace(R, false);
  if (!New)
    return It->second;
  bool Found = false;
  for (const FieldDecl *F : R->fields()) {
    auto Known = Fields.find(F);
    Found |= Known != Fields.end() && Known->second.Role == RETSAN_ROLE_SUSPECT;
    Found |= holdsSuspects(recordIn(F->getType(), Ctx));
  }
  if (const auto *C = dyn_cast<CXXRecordDecl>(R))
    for (const CXXBaseSpecifier &B : C->bases())
      Found |= holdsSuspects(recordIn(B.getType(), Ctx));
  return Holds[R] = Found;
}

/// A variable on the stack whose fields are to be tracked: the passes announce
/// it to the runtime.
void Tagger::tagLocal(VarDecl *VD) {
  if (VD->isInvalidDecl() || isa<ParmVarDecl>(VD) ||
      VD->getType()->isDependentType() || VD->getType()->isReferenceType() ||
      !holdsSuspects(recordIn(VD->getType(), Ctx)))
    return;
  annotate(VD, Ctx, (TagPrefix + "local").str());
}

void Tagger::tagVar(VarDecl *VD) {
  if (VD->hasLocalStorage())
    return tagLocal(VD);
  if (!VD->hasGlobalStorage() || VD->isInvalidDecl() ||
      VD->getType()->isDependentType() || VD->getType()->isReferenceType())
    return;
  tagType(VD->getType());
  uint64_t Id = extract::subjectIdOf(VD, Ctx);
  uint16_t Role = roleOf(VD, Id);
  if (!Role)
    return;
  annotate(VD, Ctx, tagText(Id, Role, 0));
  Vars.push_back({VD, Id, Role});
}

/// A record without any name is known by the variable that holds it.
void Tagger::tagType(QualType T) {
  RecordDecl *R = recordIn(T, Ctx);
  if (R && !R->getDeclName())
    tagRecord(R, R);
}

void Tagger::topLevel(Decl *D) {
  if (auto *VD = dyn_cast<VarDecl>(D))
    tagVar(VD);
  else if (auto *TD = dyn_cast<TypedefNameDecl>(D))
    tagType(TD->getUnderlyingType());
  else if (auto *R = dyn_cast<RecordDecl>(D))
    recordDone(R);
  // Function statics, members, namespaces.
  auto *DC = dyn_cast<DeclContext>(D);
  if (!DC || DC->isDependentContext())
    return;
  for (Decl *Inner : DC->decls())
    topLevel(Inner);
}

/// Adds to \p Out the offset of each unnamed record held in \p R.
static void unnamedOffsets(const RecordDecl *R, uint64_t Base, ASTContext &Ctx,
                           llvm::DenseMap<const RecordDecl *, uint64_t> &Out) {
  Out[R] = Base;
  const ASTRecordLayout &Layout = Ctx.getASTRecordLayout(R);
  for (const FieldDecl *F : R->fields()) {
    const RecordDecl *In = recordIn(F->getType(), Ctx);
    if (In && isUnnamed(In) && !Out.count(In))
      unnamedOffsets(In, Base + Layout.getFieldOffset(F->getFieldIndex()), Ctx,
                     Out);
  }
}

std::vector<TaggedField> Tagger::fields() const {
  std::vector<TaggedField> Out;
  unsigned Variant = 0;
  llvm::DenseMap<const RecordDecl *, uint64_t> Offsets;
  for (const auto &[F, Info] : Fields) {
    if (!Offsets.count(F->getParent()))
      unnamedOffsets(Info.Top, 0, Ctx, Offsets);
    const ASTRecordLayout &Layout = Ctx.getASTRecordLayout(F->getParent());
    TaggedField Field = Info;
    Field.Variant = Variant++;
    Field.OffsetBits = Offsets.lookup(F->getParent()) +
                       Layout.getFieldOffset(F->getFieldIndex());
    Out.push_back(Field);
  }
  return Out;
}
