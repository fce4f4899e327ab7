//===- Classify.cpp - what becomes of a loaded value ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Classify.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IntrinsicInst.h"

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

LoadFate retsan::passes::classifyLoad(Instruction &Load, const Unit &U) {
  Walker W(U);
  W.walk(&Load, false);
  LoadFate Out;
  bool Here = W.UsedWhereMerged;
  for (Instruction *I : W.UsedAt)
    Here |= I->getParent() == Load.getParent();
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
