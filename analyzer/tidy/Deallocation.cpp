//===- Deallocation.cpp - what certainly frees ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tidy/Deallocation.h"
#include "analyzer/solve/Library.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Stmt.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace retsan::tidy {

namespace {

class Judgement {
public:
  explicit Judgement(ArrayRef<solve::Deallocator> Users) : Users(Users) {}

  bool callFrees(const CallExpr *Call, unsigned Arg, unsigned Depth) const {
    const FunctionDecl *FD = Call->getDirectCallee();
    if (!FD || isa<CXXMethodDecl>(FD))
      return false;
    std::string Name = FD->getQualifiedNameAsString();
    for (const solve::Deallocator &D : Users)
      if (D.Name == Name && D.Arg == Arg)
        return true;
    const FunctionDecl *Body = nullptr;
    if (FD->hasBody(Body))
      return Arg < Body->getNumParams() && Depth < 4 &&
             bodyFrees(Body->getBody(), Body->getParamDecl(Arg), Depth + 1);
    solve::LibEffect Effect = solve::libraryEffect(Name, Call->getNumArgs());
    return Effect.Kind == solve::LibKind::Free && Effect.Arg == Arg;
  }

private:
  static bool names(const Expr *E, const ParmVarDecl *P) {
    const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParenCasts());
    return Ref && Ref->getDecl() == P;
  }

  static bool isNull(const Expr *E) {
    E = E->IgnoreParenCasts();
    const auto *Zero = dyn_cast<IntegerLiteral>(E);
    return isa<CXXNullPtrLiteralExpr, GNUNullExpr>(E) ||
           (Zero && Zero->getValue() == 0);
  }

  /// `p`, `p != NULL`; with \p Null, `!p`, `p == NULL`.
  static bool tests(const Expr *E, const ParmVarDecl *P, bool Null) {
    E = E->IgnoreParenCasts();
    if (const auto *Not = dyn_cast<UnaryOperator>(E);
        Not && Not->getOpcode() == UO_LNot)
      return tests(Not->getSubExpr(), P, !Null);
    if (const auto *Op = dyn_cast<BinaryOperator>(E))
      return Op->getOpcode() == (Null ? BO_EQ : BO_NE) &&
             ((names(Op->getLHS(), P) && isNull(Op->getRHS())) ||
              (names(Op->getRHS(), P) && isNull(Op->getLHS())));
    return !Null && names(E, P);
  }

  /// Whether control may leave \p S other than at its end, or \p P may change.
  static bool disturbs(const Stmt *S, const ParmVarDecl *P) {
    if (!S)
      return false;
    if (isa<ReturnStmt, GotoStmt, IndirectGotoStmt, CXXThrowExpr, LabelStmt>(S))
      return true;
    if (const auto *Op = dyn_cast<BinaryOperator>(S);
        Op && Op->isAssignmentOp() && names(Op->getLHS(), P))
      return true;
    if (const auto *Op = dyn_cast<UnaryOperator>(S);
        Op && (Op->isIncrementDecrementOp() || Op->getOpcode() == UO_AddrOf) &&
        names(Op->getSubExpr(), P))
      return true;
    return any_of(S->children(),
                  [&](const Stmt *Child) { return disturbs(Child, P); });
  }

  bool statementFrees(const Stmt *S, const ParmVarDecl *P,
                      unsigned Depth) const {
    if (const auto *Block = dyn_cast<CompoundStmt>(S))
      return bodyFrees(Block, P, Depth);
    if (const auto *If = dyn_cast<IfStmt>(S))
      return !If->getElse() && tests(If->getCond(), P, /*Null=*/false) &&
             statementFrees(If->getThen(), P, Depth);
    const auto *E = dyn_cast<Expr>(S);
    if (!E)
      return false;
    E = E->IgnoreParenCasts();
    if (const auto *Clean = dyn_cast<ExprWithCleanups>(E))
      E = Clean->getSubExpr()->IgnoreParenCasts();
    if (const auto *Delete = dyn_cast<CXXDeleteExpr>(E))
      return names(Delete->getArgument(), P);
    const auto *Call = dyn_cast<CallExpr>(E);
    for (unsigned I = 0; Call && I < Call->getNumArgs(); ++I)
      if (names(Call->getArg(I), P) && callFrees(Call, I, Depth))
        return true;
    return false;
  }

  bool bodyFrees(const Stmt *Body, const ParmVarDecl *P, unsigned Depth) const {
    const auto *Block = dyn_cast<CompoundStmt>(Body);
    if (!Block)
      return false;
    for (const Stmt *S : Block->body()) {
      if (statementFrees(S, P, Depth))
        return true;
      // `if (!p) return;` is fine: nothing was there to free.
      const auto *If = dyn_cast<IfStmt>(S);
      if (If && !If->getElse() && tests(If->getCond(), P, /*Null=*/true))
        continue;
      if (disturbs(S, P))
        return false;
    }
    return false;
  }

  ArrayRef<solve::Deallocator> Users;
};

} // namespace

bool certainlyFrees(const Expr *Through, const Expr *Argument,
                    ArrayRef<solve::Deallocator> Users) {
  const Expr *Wanted = Argument->IgnoreParenCasts();
  if (const auto *Delete = dyn_cast<CXXDeleteExpr>(Through))
    return Delete->getArgument()->IgnoreParenCasts() == Wanted;
  const auto *Call = dyn_cast<CallExpr>(Through);
  for (unsigned I = 0; Call && I < Call->getNumArgs(); ++I)
    if (Call->getArg(I)->IgnoreParenCasts() == Wanted)
      return Judgement(Users).callFrees(Call, I, 0);
  return false;
}

} // namespace retsan::tidy
