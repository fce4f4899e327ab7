//===- Names.cpp - what the source calls the values of fields -------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A state is told to people by the names that they gave it: `CONN_CLOSED`, not
// 3. A field of enumerated type has the names of its type. One of integer type
// has those of the enumerators and macros that are assigned to it and compared
// with it. Only fields and globals that the unit's code mentions are looked at,
// so that the enumerations of all headers do not fill every facts file.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/UnitBuilder.h"
#include "clang/AST/Expr.h"
#include "clang/Lex/Lexer.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::None;

/// Names that say no more than the number does.
static bool saysNothing(StringRef Name) {
  for (StringRef Plain : {"true", "false", "null", "yes", "no"})
    if (Name.equals_insensitive(Plain))
      return true;
  return Name.empty();
}

facts::Naming &UnitBuilder::naming(uint32_t Record, uint32_t Index) {
  auto [It, New] = NamingIds.try_emplace({Record, Index}, U.Namings.size());
  if (New) {
    facts::Naming &N = U.Namings.emplace_back();
    N.Record = Record;
    N.Index = Index;
  }
  return U.Namings[It->second];
}

void UnitBuilder::nameByType(uint32_t Record, uint32_t Index, QualType T) {
  T = T.getCanonicalType();
  if (isStdAtomic(T))
    T = ownedType(T).getCanonicalType();
  const auto *ET = T.getAtomicUnqualifiedType()->getAs<EnumType>();
  const EnumDecl *ED = ET ? ET->getDecl()->getDefinition() : nullptr;
  if (!ED || ED->isDependentType())
    return;
  auto [It, New] = EnumIds.try_emplace(ED, U.Enums.size());
  if (New) {
    facts::Enumeration E;
    DenseSet<int64_t> Seen;
    for (const EnumConstantDecl *D : ED->enumerators()) {
      if (!D->getInitVal().isRepresentableByInt64() ||
          saysNothing(D->getName()))
        continue;
      int64_t Value = D->getInitVal().getExtValue();
      if (Seen.insert(Value).second)
        E.Values.push_back({Value, str(D->getName())});
    }
    U.Enums.push_back(std::move(E));
  }
  naming(Record, Index).Enum = It->second;
}

/// The outermost macro without arguments that \p L was written as, and the
/// expansion it came by. Macros that hold \p At too stand for more than a
/// value.
static std::pair<StringRef, FileID> macroOf(SourceLocation L, SourceLocation At,
                                            const ASTContext &Ctx) {
  const SourceManager &SM = Ctx.getSourceManager();
  std::pair<StringRef, FileID> Found;
  auto HoldsOperator = [&](FileID File) {
    for (SourceLocation X = At; X.isMacroID();
         X = SM.getImmediateMacroCallerLoc(X))
      if (SM.getFileID(X) == File)
        return true;
    return false;
  };
  while (L.isMacroID()) {
    FileID File = SM.getFileID(L);
    const SrcMgr::ExpansionInfo &X = SM.getSLocEntry(File).getExpansion();
    if (X.isMacroArgExpansion()) {
      L = SM.getImmediateSpellingLoc(L);
      continue;
    }
    if (X.isFunctionMacroExpansion() || HoldsOperator(File))
      break;
    Found = {Lexer::getImmediateMacroName(L, SM, Ctx.getLangOpts()), File};
    L = X.getExpansionLocStart();
  }
  return Found;
}

void UnitBuilder::nameValue(const Expr *Target, const Expr *Value,
                            SourceLocation At) {
  Target = Target->IgnoreParenImpCasts();
  const auto *Member = dyn_cast<MemberExpr>(Target);
  const auto *Ref = dyn_cast<DeclRefExpr>(Target);
  const FieldDecl *FD =
      Member ? dyn_cast<FieldDecl>(Member->getMemberDecl()) : nullptr;
  const VarDecl *VD = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  if (!FD && (!VD || !VD->hasGlobalStorage()))
    return;
  // Those of enumerated type have all names of their type.
  QualType T = Target->getType();
  if (!T->isIntegerType() || T->isBooleanType() || T->isEnumeralType() ||
      Value->isValueDependent())
    return;
  const Expr *Written = Value->IgnoreParenCasts();
  if (const auto *Not = dyn_cast<UnaryOperator>(Written);
      Not && Not->getOpcode() == UO_Not) {
    Value = Not->getSubExpr(); // `flags &= ~CLOSED`
    Written = Value->IgnoreParenCasts();
  }
  if (const auto *Const = dyn_cast<ConstantExpr>(Written))
    Written = Const->getSubExpr()->IgnoreParenCasts(); // A case's label.
  StringRef Name;
  const auto *Named = dyn_cast<DeclRefExpr>(Written);
  if (Named && isa<EnumConstantDecl>(Named->getDecl())) {
    Name = Named->getDecl()->getName();
  } else if (Written->getBeginLoc().isMacroID()) {
    auto [First, From] = macroOf(Written->getBeginLoc(), At, Ctx);
    auto [Last, To] = macroOf(Written->getEndLoc(), At, Ctx);
    if (From == To)
      Name = First;
  }
  Expr::EvalResult Result;
  if (saysNothing(Name) || !Value->EvaluateAsInt(Result, Ctx) ||
      !Result.Val.getInt().isRepresentableByInt64())
    return;
  facts::NamedValue New{Result.Val.getInt().getExtValue(), str(Name)};
  facts::PathElem E;
  if (FD)
    E = fieldElem(FD);
  else
    E.Index = global(VD);
  facts::Naming &N = naming(FD ? E.Record : None, E.Index);
  if (none_of(N.Names, [&](const facts::NamedValue &V) {
        return V.Value == New.Value && V.Name == New.Name;
      }))
    N.Names.push_back(New);
}
