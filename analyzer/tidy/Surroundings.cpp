//===- Surroundings.cpp - where an expression stands ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tidy/Surroundings.h"
#include "analyzer/tidy/UnitIndex.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/ParentMapContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/FoldingSet.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace retsan::tidy {

static const Stmt *parentStmt(const Stmt *S, ASTContext &Ctx) {
  DynTypedNodeList Parents = Ctx.getParents(*S);
  return Parents.empty() ? nullptr : Parents[0].get<Stmt>();
}

static const Expr *parentExpr(const Expr *E, ASTContext &Ctx) {
  return dyn_cast_or_null<Expr>(parentStmt(E, Ctx));
}

/// Casts and parentheses that hand a value on as it is.
static bool isWrapper(const Expr *E) {
  if (const auto *Cast = dyn_cast<CastExpr>(E))
    switch (Cast->getCastKind()) {
    case CK_LValueToRValue:
    case CK_NoOp:
    case CK_BitCast:
    case CK_ToVoid:
    case CK_DerivedToBase:
    case CK_UncheckedDerivedToBase:
      return true;
    default:
      return false;
    }
  return isa<ParenExpr, ExprWithCleanups, MaterializeTemporaryExpr>(E);
}

static bool isTest(const Expr *P) {
  if (const auto *Cast = dyn_cast<CastExpr>(P))
    return Cast->getCastKind() == CK_PointerToBoolean ||
           Cast->getCastKind() == CK_UserDefinedConversion;
  if (const auto *Op = dyn_cast<BinaryOperator>(P))
    return Op->isEqualityOp() || Op->isLogicalOp();
  if (const auto *Op = dyn_cast<UnaryOperator>(P))
    return Op->getOpcode() == UO_LNot;
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(P))
    return Call->isComparisonOp();
  return false;
}

Access classify(const Expr *E, ASTContext &Ctx) {
  Access A;
  // An element of the array that the field is.
  A.Lvalue = E;
  const Expr *At = E;
  const Expr *P = parentExpr(At, Ctx);
  for (; P; At = P, P = parentExpr(P, Ctx)) {
    const auto *Cast = dyn_cast<ImplicitCastExpr>(P);
    const auto *Index = dyn_cast<ArraySubscriptExpr>(P);
    if (Index && Index->getBase() == At)
      A.Lvalue = Index;
    else if (!isa<ParenExpr>(P) &&
             !(Cast && Cast->getCastKind() == CK_ArrayToPointerDecay))
      break;
  }
  bool Value = false;
  for (; P && isWrapper(P); At = P, P = parentExpr(P, Ctx))
    if (const auto *Cast = dyn_cast<CastExpr>(P))
      Value |= Cast->getCastKind() == CK_LValueToRValue;
  const Stmt *Outer = P ? P : parentStmt(At, Ctx);
  A.Through = P;
  if (!P) {
    // `if (p->f)` in C.
    bool Condition = isa_and_nonnull<IfStmt, WhileStmt, ForStmt, DoStmt>(Outer);
    A.What = Condition ? Role::Tested : Role::Read;
  } else if (const auto *Op = dyn_cast<BinaryOperator>(P);
             Op && Op->getOpcode() == BO_Assign && Op->getLHS() == At) {
    A.What = Role::Assigned;
  } else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(P)) {
    bool First = Call->getNumArgs() && Call->getArg(0) == At;
    if (First && Call->getOperator() == OO_Call)
      A.What = Role::Called;
    else if (First && Call->getOperator() == OO_Equal)
      A.What = Role::Assigned;
    else if (isTest(P))
      A.What = Role::Tested;
  } else if (const auto *Member = dyn_cast<MemberExpr>(P)) {
    // `if (cb)` of a class type goes through its conversion to bool.
    if (isa<CXXConversionDecl>(Member->getMemberDecl()))
      A.What = Role::Tested;
  } else if (isTest(P)) {
    A.What = Role::Tested;
  } else if (const auto *Call = dyn_cast<CallExpr>(P)) {
    if (Value && is_contained(Call->arguments(), At))
      A.What = Role::Released;
  } else if (isa<CXXDeleteExpr>(P)) {
    A.What = Role::Released;
  }
  return A;
}

/// Whether \p S only releases or overwrites what \p Lvalue names.
static bool onlyReleases(const Stmt *S, const Expr *Lvalue, ASTContext &Ctx) {
  if (const auto *Block = dyn_cast<CompoundStmt>(S))
    return all_of(Block->body(), [&](const Stmt *Child) {
      return onlyReleases(Child, Lvalue, Ctx);
    });
  const auto *E = dyn_cast<Expr>(S);
  if (!E)
    return false;
  E = E->IgnoreParenCasts();
  if (const auto *Op = dyn_cast<BinaryOperator>(E))
    return Op->getOpcode() == BO_Assign && sameText(Op->getLHS(), Lvalue, Ctx);
  if (const auto *Delete = dyn_cast<CXXDeleteExpr>(E))
    return sameText(Delete->getArgument()->IgnoreParenCasts(), Lvalue, Ctx);
  const auto *Call = dyn_cast<CallExpr>(E);
  return Call && Call->getNumArgs() == 1 &&
         sameText(Call->getArg(0)->IgnoreParenCasts(), Lvalue, Ctx);
}

bool guardsRelease(const Expr *E, ASTContext &Ctx) {
  Access A = classify(E, Ctx);
  if (A.What != Role::Tested)
    return false;
  const Stmt *At = E;
  while (At && isa<Expr>(At))
    At = parentStmt(At, Ctx);
  const auto *If = dyn_cast_or_null<IfStmt>(At);
  return If && !If->getElse() && onlyReleases(If->getThen(), A.Lvalue, Ctx);
}

Statement statementOf(const Expr *E, ASTContext &Ctx) {
  Statement Result;
  const Stmt *S = E;
  const Stmt *P = parentStmt(S, Ctx);
  while (P && isa<Expr>(P)) {
    if (!isWrapper(cast<Expr>(P)))
      return Result;
    S = P;
    P = parentStmt(P, Ctx);
  }
  const Stmt *Whole = S;
  bool Labelled = false;
  while (P && isa<SwitchCase, LabelStmt>(P)) {
    Labelled = true;
    S = P;
    P = parentStmt(P, Ctx);
  }
  if (!P)
    return Result;
  if (const auto *Block = dyn_cast<CompoundStmt>(P)) {
    // The last statement of a statement expression is its value.
    if (isa_and_nonnull<StmtExpr>(parentStmt(Block, Ctx)))
      return Result;
    Result.S = Whole;
    Result.Block = Labelled ? nullptr : Block;
    return Result;
  }
  if (Labelled)
    return Result;
  bool Body = false;
  if (const auto *If = dyn_cast<IfStmt>(P))
    Body = If->getThen() == S || If->getElse() == S;
  else if (const auto *While = dyn_cast<WhileStmt>(P))
    Body = While->getBody() == S;
  else if (const auto *For = dyn_cast<ForStmt>(P))
    Body = For->getBody() == S;
  else if (const auto *Do = dyn_cast<DoStmt>(P))
    Body = Do->getBody() == S;
  else if (const auto *Range = dyn_cast<CXXForRangeStmt>(P))
    Body = Range->getBody() == S;
  if (Body) {
    Result.S = Whole;
    Result.Alone = true;
  }
  return Result;
}

const FunctionDecl *repairableFunction(const Stmt *S, ASTContext &Ctx) {
  DynTypedNode Node = DynTypedNode::create(*S);
  for (;;) {
    DynTypedNodeList Parents = Ctx.getParents(Node);
    if (Parents.empty())
      return nullptr;
    Node = Parents[0];
    if (Node.get<LambdaExpr>())
      return nullptr;
    const auto *FD = Node.get<FunctionDecl>();
    if (!FD)
      continue;
    // Members of an object that goes need no clearing.
    if (isa<CXXDestructorDecl>(FD) || FD->isTemplated() ||
        FD->isTemplateInstantiation() || !FD->hasBody())
      return nullptr;
    const auto *MD = dyn_cast<CXXMethodDecl>(FD);
    return MD && MD->getParent()->isLambda() ? nullptr : FD;
  }
}

bool repeatable(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  if (E->getType().isVolatileQualified())
    return false;
  if (isa<DeclRefExpr, CXXThisExpr, IntegerLiteral>(E))
    return true;
  if (const auto *Member = dyn_cast<MemberExpr>(E))
    return repeatable(Member->getBase());
  if (const auto *Index = dyn_cast<ArraySubscriptExpr>(E))
    return repeatable(Index->getBase()) && repeatable(Index->getIdx());
  if (const auto *Op = dyn_cast<UnaryOperator>(E))
    return (Op->getOpcode() == UO_Deref || Op->getOpcode() == UO_AddrOf) &&
           repeatable(Op->getSubExpr());
  return false;
}

bool sameText(const Expr *A, const Expr *B, ASTContext &Ctx) {
  FoldingSetNodeID X, Y;
  A->IgnoreParenImpCasts()->Profile(X, Ctx, /*Canonical=*/true);
  B->IgnoreParenImpCasts()->Profile(Y, Ctx, /*Canonical=*/true);
  return X == Y;
}

/// The variable that an lvalue starts from; null for `this`.
static const ValueDecl *rootOf(const Expr *E) {
  for (;;) {
    E = E->IgnoreParenImpCasts();
    if (const auto *Member = dyn_cast<MemberExpr>(E))
      E = Member->getBase();
    else if (const auto *Index = dyn_cast<ArraySubscriptExpr>(E))
      E = Index->getBase();
    else if (const auto *Op = dyn_cast<UnaryOperator>(E))
      E = Op->getSubExpr();
    else
      break;
  }
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  return Ref ? Ref->getDecl() : nullptr;
}

namespace {

/// Follows the paths of a function from one expression on.
class Reader {
public:
  Reader(const Expr *From, const Expr *Lvalue, const ValueDecl *D,
         const UnitIndex &Index)
      : From(From), Lvalue(Lvalue), D(D), Root(rootOf(Lvalue)), Index(Index),
        Ctx(Index.context()) {
    Others.insert(Index.accesses(D).begin(), Index.accesses(D).end());
  }

  bool run(const CFG &Graph) {
    for (const CFGBlock *Block : Graph)
      for (size_t I = 0; I < Block->size(); ++I)
        if (stmtAt(*Block, I) == From)
          return follow(*Block, I + 1);
    return true; // Not found: nothing is known.
  }

private:
  enum Step { Goes, Ends, Reads };

  static const Stmt *stmtAt(const CFGBlock &Block, size_t I) {
    std::optional<CFGStmt> S = Block[I].getAs<CFGStmt>();
    return S ? S->getStmt() : nullptr;
  }

  bool follow(const CFGBlock &Start, size_t Index) {
    SmallVector<std::pair<const CFGBlock *, size_t>, 8> Work{{&Start, Index}};
    SmallPtrSet<const CFGBlock *, 16> Seen;
    while (!Work.empty()) {
      auto [Block, I] = Work.pop_back_val();
      Step S = Goes;
      for (; I < Block->size() && S == Goes; ++I)
        if (const Stmt *At = stmtAt(*Block, I))
          S = step(At);
      if (S == Reads)
        return true;
      if (S == Ends)
        continue;
      for (const CFGBlock *Next : Block->succs())
        if (Next && Seen.insert(Next).second)
          Work.push_back({Next, 0});
    }
    return false;
  }

  Step step(const Stmt *S) {
    if (const auto *E = dyn_cast<Expr>(S); E && Others.contains(E)) {
      Access A = classify(E, Ctx);
      if (A.What == Role::Assigned)
        return Goes; // Takes effect at the assignment itself.
      return (A.What == Role::Released && sameRelease(A.Through)) ||
                     guardsRelease(E, Ctx)
                 ? Goes
                 : Reads;
    }
    if (const auto *Call = dyn_cast<CallExpr>(S))
      if (const FunctionDecl *Callee = Call->getDirectCallee();
          Callee && Index.mayRead(Callee, D))
        return Reads;
    const Expr *Target = nullptr;
    if (const auto *Op = dyn_cast<BinaryOperator>(S);
        Op && Op->isAssignmentOp())
      Target = Op->getLHS();
    else if (const auto *Op = dyn_cast<UnaryOperator>(S);
             Op && Op->isIncrementDecrementOp())
      Target = Op->getSubExpr();
    if (!Target)
      return Goes;
    if (sameText(Target, Lvalue, Ctx))
      return Ends;
    // From here on the same words mean another object.
    const auto *Ref = dyn_cast<DeclRefExpr>(Target->IgnoreParenImpCasts());
    return Ref && Root && Ref->getDecl() == Root ? Ends : Goes;
  }

  bool sameRelease(const Expr *Through) const {
    const auto *A = dyn_cast<CallExpr>(From);
    const auto *B = dyn_cast<CallExpr>(Through);
    if (!A || !B)
      return isa<CXXDeleteExpr>(From) && isa<CXXDeleteExpr>(Through);
    return A->getDirectCallee() && A->getDirectCallee() == B->getDirectCallee();
  }

  const Expr *From;
  const Expr *Lvalue;
  const ValueDecl *D;
  const ValueDecl *Root;
  const UnitIndex &Index;
  SmallPtrSet<const Expr *, 16> Others;
  ASTContext &Ctx;
};

} // namespace

bool readAgain(const FunctionDecl *Fn, const Expr *From, const Expr *Lvalue,
               const ValueDecl *D, const UnitIndex &Index) {
  CFG::BuildOptions Options;
  Options.setAllAlwaysAdd();
  std::unique_ptr<CFG> Graph =
      CFG::buildCFG(Fn, Fn->getBody(), &Index.context(), Options);
  return !Graph || Reader(From, Lvalue, D, Index).run(*Graph);
}

} // namespace retsan::tidy
