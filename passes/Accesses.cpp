//===- Accesses.cpp - all that happens to the slots of one function -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accesses.h"
#include "retsan/abi.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace retsan::passes;

namespace {

class AddressWalker {
public:
  AddressWalker(const Root &R, Function &F, const Unit &U)
      : Info(U.Fields[R.Field]), F(F), U(U) {
    walk(R.Address, nullptr);
  }
  std::vector<Access> Out;

private:
  void walk(Value *V, Value *Via);
  void visit(Instruction &I, Use &Operand, Value *Via);
  void visitCall(CallBase &Call, Use &Operand, Value *Via);
  void visitLoad(Instruction &Load, Value *Via);
  void add(Access::KindTy Kind, Instruction &I, Value *Via,
           Fate Old = Fate::Nothing, bool Writes = false) {
    Out.push_back({Kind, &I, nullptr, Old, Writes, Via});
  }

  const FieldInfo &Info;
  Function &F;
  const Unit &U;
  SmallPtrSet<Value *, 16> Seen;
};

} // namespace

void AddressWalker::visitLoad(Instruction &Load, Value *Via) {
  // Phase variables are read by the runtime itself when it needs them.
  if (Info.Role == RETSAN_ROLE_PHASE)
    return;
  LoadFate Fate = classifyLoad(Load, U);
  add(Access::Load, Load, Via, Fate.F);
  for (Instruction *I : Fate.UsedAt)
    Out.push_back({Access::UseLater, I, &Load, Fate::Use, false, Via});
}

void AddressWalker::visitCall(CallBase &Call, Use &Operand, Value *Via) {
  if (auto *II = dyn_cast<IntrinsicInst>(&Call)) {
    if (II->isAssumeLikeIntrinsic() || II->isLifetimeStartOrEnd())
      return;
    if (auto *Mem = dyn_cast<AnyMemIntrinsic>(II)) {
      if (Operand.getOperandNo() == 0)
        return add(Access::Overwrite, *Mem, Via);
      return add(Access::CallArg, *Mem, Via, Fate::Use, false);
    }
    // The tag of a field that holds this one, or the same tag again.
    if (II->getIntrinsicID() == Intrinsic::ptr_annotation ||
        II->getIntrinsicID() == Intrinsic::launder_invariant_group ||
        II->getIntrinsicID() == Intrinsic::strip_invariant_group)
      return walk(II, Via);
  }
  if (!Call.isArgOperand(&Operand))
    return add(Access::CallArg, Call, Via, Fate::Use, true);
  AddressFate A = addressFate(Call, Call.getArgOperandNo(&Operand),
                              Info.Flags & RETSAN_FIELD_OWNER);
  add(Access::CallArg, Call, Via, A.Old, A.Writes);
}

void AddressWalker::visit(Instruction &I, Use &Operand, Value *Via) {
  unsigned OpNo = Operand.getOperandNo();
  if (isa<LoadInst>(I))
    return visitLoad(I, Via);
  if (isa<StoreInst>(I))
    return add(OpNo == 1 ? Access::Store : Access::Leak, I, Via);
  if (isa<AtomicRMWInst, AtomicCmpXchgInst>(I)) {
    if (OpNo != 0)
      return add(Access::Leak, I, Via);
    visitLoad(I, Via);
    return add(Access::Store, I, Via);
  }
  if (isa<GetElementPtrInst, BitCastInst, AddrSpaceCastInst>(I))
    return walk(&I, Via);
  if (isa<PHINode, SelectInst>(I))
    return walk(&I, &I);
  if (isa<ICmpInst>(I))
    return;
  if (auto *Call = dyn_cast<CallBase>(&I))
    return visitCall(*Call, Operand, Via);
  add(Access::Leak, I, Via); // Returned, made an integer, stored away.
}

void AddressWalker::walk(Value *V, Value *Via) {
  if (!Seen.insert(V).second)
    return;
  for (Use &Operand : V->uses())
    if (auto *I = dyn_cast<Instruction>(Operand.getUser());
        I && I->getFunction() == &F)
      visit(*I, Operand, Via);
}

std::vector<Access> retsan::passes::findAccesses(const Root &R, Function &F,
                                                 const Unit &U) {
  return std::move(AddressWalker(R, F, U).Out);
}
