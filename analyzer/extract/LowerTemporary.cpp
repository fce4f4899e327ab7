//===- LowerTemporary.cpp - temporaries and their ends --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A temporary of class type is destroyed at the end of its full expression,
// where the CFG says so. An owner temporary is a mere pointer until its address
// is wanted, and most are moved on at once: what was taken over is not
// destroyed here. A temporary that only one arm of ?:, && or || makes is
// destroyed behind a branch on a register which that arm sets.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Lower.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::OwnerKind;
using facts::Terminator;

Value FunctionLowering::lowerTemporary(const MaterializeTemporaryExpr *E) {
  const Expr *Sub = E->getSubExpr();
  Value V = valueOf(Sub);
  // An owner stays a pointer until its address is wanted: most are moved at
  // once.
  if (V.Kind == Value::L || ownerKind(E->getType()) != OwnerKind::None)
    return V;
  return Value::place(placeOf(Sub));
}

/// The value of \p E becomes someone else's.
void FunctionLowering::markTaken(const Expr *E) {
  E = stripOwner(E);
  Taken.insert(E);
  if (const auto *C = dyn_cast<AbstractConditionalOperator>(E)) {
    markTaken(C->getTrueExpr());
    markTaken(C->getFalseExpr());
  } else if (const auto *BO = dyn_cast<BinaryOperator>(E);
             BO && BO->getOpcode() == BO_Comma) {
    markTaken(BO->getRHS());
  }
}

static bool matters(QualType T) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD)
    return false;
  OwnerKind K = ownerKind(T);
  if (K != OwnerKind::None)
    return K != OwnerKind::Weak && K != OwnerKind::ValueContainer;
  return destroysSomething(RD) && !inStd(RD);
}

void FunctionLowering::destroyTemporary(const CXXBindTemporaryExpr *E) {
  QualType T = E->getType();
  const Expr *Source = stripOwner(E);
  if (!matters(T) || Taken.count(Source))
    return;
  SourceLocation L = E->getEndLoc();
  auto It = Values.find(E);
  if (It == Values.end())
    return;
  Value V = It->second;
  if (ownerKind(T) != OwnerKind::None) {
    auto Place = Materialised.find(Source);
    if (Place != Materialised.end())
      destroyPlace(Place->second, T, L);
    else if (V.Kind == Value::R)
      dropOwned(V.O, T, L);
  } else if (V.Kind == Value::L && V.P.Base == facts::Place::Local &&
             V.P.Path.empty() && !F.Locals[V.P.BaseIndex].Name) {
    destroyPlace(V.P, T, L);
  }
  if (auto Flag = Made.find(E); Flag != Made.end())
    emitMove(F.Blocks[Cur], Flag->second, intOp(0), Ctx.BoolTy, L);
}

/// Whether the block that a temporary's branch leads to has anything to do.
bool FunctionLowering::destroysTemporaries(const CFGBlock *Block) const {
  if (Block->getTerminator().isTemporaryDtorsBranch())
    return true;
  for (const CFGElement &E : *Block)
    if (auto Temp = E.getAs<CFGTemporaryDtor>())
      if (matters(Temp->getBindTemporaryExpr()->getType()))
        return true;
  return false;
}

/// To the destruction of a temporary if it was made, else past it.
Terminator FunctionLowering::temporaryBranch(const CFGBlock &Block) {
  const auto *E = cast<CXXBindTemporaryExpr>(Block.getTerminatorStmt());
  const CFGBlock *Destroy = Block.succ_begin()->getReachableBlock();
  const CFGBlock *Past = std::next(Block.succ_begin())->getReachableBlock();
  Terminator T;
  T.Loc = B.loc(E->getEndLoc());
  auto It = Values.find(E);
  if (!Destroy || It == Values.end() || !destroysTemporaries(Destroy)) {
    T.Kind = Terminator::Goto;
    T.Succs = {target(Past)};
    return T;
  }
  auto [Flag, New] = Made.try_emplace(E, 0);
  if (New) {
    Flag->second = newReg();
    emitMove(F.Blocks[0], Flag->second, intOp(0), Ctx.BoolTy, E->getEndLoc());
    emitMove(F.Blocks[It->second.Home], Flag->second, intOp(1), Ctx.BoolTy,
             E->getEndLoc());
  }
  T.Kind = Terminator::Branch;
  T.Cond = regOp(Flag->second);
  T.Succs = {target(Destroy), target(Past)};
  return T;
}
