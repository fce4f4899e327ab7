//===- Identity.cpp - names and keys of what is reported ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// USRs, record keys and subject ids. The compiler plugin that tags fields for
// the passes uses the same functions, so a finding and an annotation agree.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Extract.h"
#include "analyzer/extract/UnitBuilder.h"
#include "analyzer/model/RecordKey.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"
#include "clang/Index/USRGeneration.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;

/// "dir/file.c" of the file that holds \p D. The full path would differ from
/// one checkout to the next.
static std::string shortFile(const Decl *D, ASTContext &Ctx) {
  std::string Path = Origin(Ctx.getSourceManager()).fileOf(D->getLocation());
  if (Path.empty())
    return std::string();
  StringRef Dir = sys::path::filename(sys::path::parent_path(Path));
  return (Dir + "/" + sys::path::filename(Path)).str();
}

/// Which of the lambdas of its function (or class) this is. At file scope the
/// line must do: how many lambdas come before depends on what was included.
static std::string lambdaOrdinal(const CXXRecordDecl *RD, ASTContext &Ctx) {
  const DeclContext *DC = RD->getDeclContext();
  if (DC->isFileContext()) {
    PresumedLoc Loc = Ctx.getSourceManager().getPresumedLoc(RD->getLocation());
    return Loc.isValid() ? "l" + std::to_string(Loc.getLine()) : "l";
  }
  unsigned N = 0;
  for (const Decl *D : DC->decls()) {
    if (D == RD)
      break;
    const auto *Other = dyn_cast<CXXRecordDecl>(D);
    N += Other && Other->isLambda();
  }
  return std::to_string(N);
}

std::string retsan::extract::lambdaPath(const Decl *D, ASTContext &Ctx) {
  std::string Path;
  const auto *DC = dyn_cast<RecordDecl>(D);
  for (const DeclContext *At = DC ? DC : D->getDeclContext(); At;
       At = At->getParent())
    if (const auto *RD = dyn_cast<CXXRecordDecl>(At); RD && RD->isLambda())
      Path += "@" + lambdaOrdinal(RD, Ctx);
  return Path;
}

/// Which one \p D is of the declarations of its scope that have the same name,
/// or none: USRs tell them apart by where they are in the file.
static unsigned ordinalAmongNamesakes(const NamedDecl *D) {
  unsigned N = 0;
  for (const Decl *Other : D->getDeclContext()->decls()) {
    if (Other == D || Other->getCanonicalDecl() == D->getCanonicalDecl())
      break;
    const auto *Named = dyn_cast<NamedDecl>(Other);
    N += Named && Named->getKind() == D->getKind() &&
         Named->getDeclName() == D->getDeclName();
  }
  return N;
}

/// A USR says where what has no name, or is inside of a function, begins in its
/// file. Lines that are added above it must not make it something else.
static std::string withoutOffsets(StringRef Usr, const NamedDecl *D) {
  std::string Result;
  bool Any = false;
  SmallVector<StringRef, 8> Parts;
  Usr.split(Parts, '@');
  for (size_t I = 0; I < Parts.size(); ++I) {
    const bool Offset =
        I > 0 && !Parts[I].empty() &&
        all_of(Parts[I], [](char C) { return llvm::isDigit(C); });
    Any |= Offset;
    if (!Offset)
      Result += (I ? "@" : "") + Parts[I].str();
  }
  if (!Any)
    return Usr.str();
  for (const Decl *At = D; At && !isa<TranslationUnitDecl>(At);
       At = dyn_cast_or_null<Decl>(At->getDeclContext())) {
    if (!isa<TagDecl, VarDecl>(At))
      continue;
    const auto *Named = cast<NamedDecl>(At);
    if (!At->getDeclContext()->isFileContext()) {
      Result += "@" + utostr(ordinalAmongNamesakes(Named));
      continue;
    }
    const auto *Tag = dyn_cast<TagDecl>(At);
    if (!Tag || Tag->getIdentifier() || Tag->getTypedefNameForAnonDecl())
      continue;
    // How many come before depends on what was included; what it is the type
    // of does not.
    const auto *Of =
        dyn_cast_or_null<DeclaratorDecl>(At->getNextDeclInContext());
    if (!Of || !Of->getIdentifier())
      return Usr.str();
    Result += "@" + Of->getName().str();
  }
  return Result;
}

std::string retsan::extract::recordUsr(const RecordDecl *RD, ASTContext &Ctx) {
  SmallString<128> Usr;
  if (index::generateUSRForDecl(patternOf(RD), Usr) || Usr.empty())
    Usr = "c:" + recordName(RD);
  return Origin(Ctx.getSourceManager())
             .usr(withoutOffsets(Usr, patternOf(RD)), RD->getLocation()) +
         lambdaPath(RD, Ctx);
}

std::string retsan::extract::stableUsr(const NamedDecl *D, ASTContext &Ctx) {
  SmallString<128> Usr;
  if (index::generateUSRForDecl(D, Usr) || Usr.empty())
    Usr = "c:" + qualifiedName(D);
  // A USR alone does not tell two lambdas of one function apart.
  std::string Name = Origin(Ctx.getSourceManager())
                         .usr(withoutOffsets(Usr, D), D->getLocation()) +
                     lambdaPath(D, Ctx);
  if (isa<FunctionDecl, VarDecl>(D) &&
      !isExternalFormalLinkage(D->getFormalLinkage()))
    Name += "@" + shortFile(D, Ctx);
  return Name;
}

const RecordDecl *retsan::extract::patternOf(const RecordDecl *RD) {
  if (const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD))
    return Spec->getSpecializedTemplate()->getTemplatedDecl();
  const auto *CRD = dyn_cast<CXXRecordDecl>(RD);
  const CXXRecordDecl *Pattern =
      CRD ? CRD->getTemplateInstantiationPattern() : nullptr;
  return Pattern ? Pattern : RD;
}

uint64_t retsan::extract::layoutHash(const RecordDecl *RD, ASTContext &Ctx) {
  RD = RD->getDefinition();
  if (!RD || RD->isInvalidDecl() || RD->isDependentType())
    return 0;
  std::string Text;
  raw_string_ostream OS(Text);
  const ASTRecordLayout &Layout = Ctx.getASTRecordLayout(RD);
  OS << (RD->isUnion() ? 'u' : 's') << Layout.getSize().getQuantity();
  for (const FieldDecl *FD : RD->fields())
    OS << ';' << FD->getName() << ':'
       << Layout.getFieldOffset(FD->getFieldIndex());
  return xxh3_64bits(Text);
}

std::string retsan::extract::keyOf(const RecordDecl *RD, ASTContext &Ctx) {
  if (const RecordDecl *Def = RD->getDefinition())
    RD = Def;
  bool IsC = !Ctx.getLangOpts().CPlusPlus;
  bool Internal = !IsC && !isExternalFormalLinkage(RD->getFormalLinkage());
  return recordKey(recordUsr(RD, Ctx), IsC, IsC ? layoutHash(RD, Ctx) : 0,
                   Internal ? sys::path::filename(shortFile(RD, Ctx)).str()
                            : std::string());
}

std::string retsan::extract::qualifiedName(const NamedDecl *D) {
  std::string Name;
  raw_string_ostream OS(Name);
  if (const auto *VD = dyn_cast<VarDecl>(D); VD && VD->isStaticLocal()) {
    if (const auto *F = dyn_cast<NamedDecl>(VD->getDeclContext()))
      OS << qualifiedName(F) << "::";
    OS << VD->getName();
    return Name;
  }
  // What the compiler writes for an instance has no pattern of its own.
  if (const auto *MD = dyn_cast<CXXMethodDecl>(D); MD && MD->isImplicit())
    if (const RecordDecl *Pattern = patternOf(MD->getParent());
        Pattern != MD->getParent()) {
      std::string Class = qualifiedName(Pattern);
      if (isa<CXXConstructorDecl>(MD))
        return Class + "::" + Pattern->getNameAsString();
      if (isa<CXXDestructorDecl>(MD))
        return Class + "::~" + Pattern->getNameAsString();
      return Class + "::" + MD->getNameAsString();
    }
  PrintingPolicy Policy(D->getASTContext().getPrintingPolicy());
  Policy.SuppressUnwrittenScope = true;
  Policy.AnonymousTagLocations = false;
  D->printQualifiedName(OS, Policy);
  return Name;
}

std::string retsan::extract::recordName(const RecordDecl *RD) {
  RD = patternOf(RD);
  if (const TypedefNameDecl *TD = RD->getTypedefNameForAnonDecl())
    return qualifiedName(TD);
  if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD); CRD && CRD->isLambda())
    return "(lambda)";
  if (RD->getDeclName().isEmpty())
    return std::string();
  return qualifiedName(RD);
}

const FieldDecl *retsan::extract::holderOf(const RecordDecl *RD) {
  if (!recordName(RD).empty())
    return nullptr;
  const auto *Outer = dyn_cast<RecordDecl>(RD->getDeclContext());
  if (!Outer)
    return nullptr;
  for (const FieldDecl *FD : Outer->fields()) {
    const auto *T = FD->getType()->getBaseElementTypeUnsafe();
    if (const RecordDecl *Held = T->getAsRecordDecl())
      if (Held->getCanonicalDecl() == RD->getCanonicalDecl())
        return FD;
  }
  return nullptr;
}

StringRef retsan::extract::annotation(const Decl *D, StringRef Kind) {
  for (const auto *A : D->specific_attrs<AnnotateAttr>()) {
    StringRef Text = A->getAnnotation();
    if (Text.consume_front("retsan:") && Text.consume_front(Kind) &&
        Text.consume_front("="))
      return Text;
  }
  return StringRef();
}

namespace {
/// A field's place below the innermost record that has a name.
struct FieldPath {
  const RecordDecl *Root;
  std::string Path;
};
} // namespace

static FieldPath fieldPath(const FieldDecl *FD) {
  FieldPath P{FD->getParent(), FD->getNameAsString()};
  while (const FieldDecl *Holder = holderOf(P.Root)) {
    if (!Holder->getDeclName().isEmpty())
      P.Path = Holder->getNameAsString() + "." + P.Path;
    P.Root = Holder->getParent();
  }
  return P;
}

/// For a field of a template instance the pattern's field names the subject,
/// which keyOf takes care of; a dependent field itself is no subject.
uint64_t retsan::extract::subjectIdOf(const FieldDecl *FD, ASTContext &Ctx) {
  if (FD->getDeclName().isEmpty() || FD->getParent()->isDependentContext())
    return 0;
  FieldPath P = fieldPath(FD);
  return subjectId(keyOf(P.Root, Ctx), P.Path);
}

uint64_t retsan::extract::subjectIdOf(const VarDecl *VD, ASTContext &Ctx) {
  if (!VD->hasGlobalStorage() || VD->getType()->isDependentType())
    return 0;
  return globalSubjectId(stableUsr(VD->getCanonicalDecl(), Ctx));
}

std::string retsan::extract::subjectNameOf(const FieldDecl *FD,
                                           ASTContext &Ctx) {
  FieldPath P = fieldPath(FD);
  std::string Root = recordName(P.Root);
  if (!Root.empty())
    return Root + "." + P.Path;
  // `static struct {..} var;` is named by its variable.
  for (const Decl *D : P.Root->getDeclContext()->decls())
    if (const auto *VD = dyn_cast<VarDecl>(D))
      if (VD->getType()->getBaseElementTypeUnsafe()->getAsRecordDecl() ==
          P.Root)
        return qualifiedName(VD) + "." + P.Path;
  return P.Path;
}
