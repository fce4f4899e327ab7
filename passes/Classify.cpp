//===- Classify.cpp - what becomes of a loaded value ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Classify.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IntrinsicInst.h"

#include <algorithm>

using namespace llvm;
using namespace retsan::passes;

namespace {

class Walker {
public:
  explicit Walker(const Unit &U) : U(U) {}

  /// Follows \p V. \p Merged: it is a phi or select that may hold another
  /// value, so that a use of it is a use of the load only on some paths.
  void walk(Value *V, bool Merged);

  Fate Total = Fate::Nothing; ///< Of all but the uses in UsedAt.
  bool UsedWhereMerged = false;
  SmallVector<Instruction *, 4> UsedAt;

private:
  void visit(Instruction &I, Use &Operand, bool Merged);
  void note(Fate F) { Total = worse(Total, F); }
  void use(Instruction &I, bool Merged) {
    if (Merged)
      UsedWhereMerged = true;
    else
      UsedAt.push_back(&I);
  }
  bool inDelete(const Instruction &I) const;

  const Unit &U;
  SmallPtrSet<Value *, 16> Seen;
};

} // namespace

/// A delete-expression of a polymorphic class loads the vtable and calls
/// through it: that is the release of the object, not a use.
bool Walker::inDelete(const Instruction &I) const {
  const DebugLoc &Loc = I.getDebugLoc();
  if (!Loc)
    return false;
  for (const PlaceInfo &P :
       U.placesAt(Loc->getFilename(), Loc->getLine(), Loc->getColumn()))
    if (P.Kind == PlaceKind::Delete)
      return true;
  return false;
}

void Walker::visit(Instruction &I, Use &Operand, bool Merged) {
  if (isa<ICmpInst>(I))
    return note(Fate::Test);
  if (isa<PHINode, SelectInst>(I)) {
    // As the condition of a select the value is an integer that was tested.
    if (isa<SelectInst>(I) && Operand.getOperandNo() == 0)
      return note(Fate::Test);
    return walk(&I, true);
  }
  if (isa<CastInst, GetElementPtrInst, FreezeInst>(I)) {
    if (isa<GetElementPtrInst>(I) && Operand.getOperandNo() != 0)
      return use(I, Merged);
    return walk(&I, Merged);
  }
  if (auto *B = dyn_cast<BinaryOperator>(&I))
    return walk(B, Merged); // Tag bits of a pointer kept as an integer.
  if (auto *II = dyn_cast<IntrinsicInst>(&I)) {
    switch (II->getIntrinsicID()) {
    case Intrinsic::ptr_annotation:
    case Intrinsic::ptrmask:
    case Intrinsic::launder_invariant_group:
    case Intrinsic::strip_invariant_group:
      return walk(II, Merged);
    default:
      if (II->isAssumeLikeIntrinsic() || II->isLifetimeStartOrEnd())
        return;
    }
  }
  if (inDelete(I))
    return note(Fate::Release);
  if (auto *Call = dyn_cast<CallBase>(&I))
    if (Call->isArgOperand(&Operand) &&
        releasesArgument(*Call, Call->getArgOperandNo(&Operand), U))
      return note(Fate::Release);
  use(I, Merged);
}

void Walker::walk(Value *V, bool Merged) {
  if (!Seen.insert(V).second)
    return;
  for (Use &Operand : V->uses())
    if (auto *I = dyn_cast<Instruction>(Operand.getUser()))
      visit(*I, Operand, Merged);
}

/// Whether \p I may write a slot: a store whose address is not plainly another
/// field, or a call.
static bool mayWriteSlot(const Instruction &I) {
  if (auto *Store = dyn_cast<StoreInst>(&I)) {
    const Value *To = Store->getPointerOperand()->stripPointerCasts();
    if (isa<AllocaInst>(To) ||
        !(Store->getValueOperand()->getType()->isPointerTy() ||
          Store->getValueOperand()->getType()->isIntegerTy(64)))
      return false;
    bool Stepped = false;
    while (auto *GEP = dyn_cast<GetElementPtrInst>(To)) {
      To = GEP->getPointerOperand();
      Stepped = true;
    }
    return !Stepped || isa<CallBase>(To);
  }
  if (auto *II = dyn_cast<IntrinsicInst>(&I);
      II && (II->isAssumeLikeIntrinsic() || II->isLifetimeStartOrEnd()))
    return false;
  return I.mayWriteToMemory();
}

/// Whether the slot that \p Load read may hold another value when \p Use, in
/// another block that the load dominates, is reached.
static bool mayChangeBefore(const Instruction &Load, const Instruction &Use) {
  auto AnyWrite = [](BasicBlock::const_iterator From,
                     BasicBlock::const_iterator To) {
    return std::any_of(From, To, mayWriteSlot);
  };
  const BasicBlock *First = Load.getParent(), *Last = Use.getParent();
  if (AnyWrite(std::next(Load.getIterator()), First->end()) ||
      AnyWrite(Last->begin(), Use.getIterator()))
    return true;
  SmallVector<const BasicBlock *, 8> Work(predecessors(Last));
  SmallPtrSet<const BasicBlock *, 16> Seen;
  while (!Work.empty()) {
    const BasicBlock *B = Work.pop_back_val();
    if (B == First || !Seen.insert(B).second)
      continue;
    if (AnyWrite(B->begin(), B->end()))
      return true;
    Work.append(pred_begin(B), pred_end(B));
  }
  return false;
}

LoadFate retsan::passes::classifyLoad(Instruction &Load, const Unit &U) {
  Walker W(U);
  W.walk(&Load, false);
  LoadFate Out;
  bool Here = W.UsedWhereMerged;
  // A use that is told later names the slot's value, which must still be the
  // one.
  for (Instruction *I : W.UsedAt)
    Here =
        Here || I->getParent() == Load.getParent() || mayChangeBefore(Load, *I);
  if (Here) {
    Out.F = Fate::Use;
    return Out;
  }
  Out.F = W.Total;
  if (!W.UsedAt.empty()) {
    Out.F = worse(Out.F, Fate::Test);
    Out.UsedAt = std::move(W.UsedAt);
  }
  return Out;
}
