//===- Accesses.cpp - all that happens to the slots of one function -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accesses.h"
#include "FunctionView.h"
#include "retsan/abi.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace retsan::passes;

namespace {

class AddressWalker {
public:
  AddressWalker(Value *Address, const FieldInfo &Info, Function &F,
                const Unit &U, Summaries &Calls)
      : Address(Address), Info(Info), F(F), U(U), Calls(Calls) {
    walk(Address, nullptr);
  }
  std::vector<Access> Out;

private:
  void walk(Value *V, Value *Via);
  void visit(Instruction &I, Use &Operand, Value *Via);
  void visitCall(CallBase &Call, Use &Operand, Value *Via);
  void visitLoad(Instruction &Load, Use &Operand, Value *Via);
  void add(Access::KindTy Kind, Use &Operand, Value *Via,
           Fate Old = Fate::Nothing, bool Writes = false) {
    Out.push_back({Kind, cast<Instruction>(Operand.getUser()), nullptr, Old,
                   Writes, Operand.getOperandNo(), Via});
  }

  Value *Address;
  const FieldInfo &Info;
  Function &F;
  const Unit &U;
  Summaries &Calls;
  SmallPtrSet<Value *, 16> Seen;
};

} // namespace

void AddressWalker::visitLoad(Instruction &Load, Use &Operand, Value *Via) {
  // Phase variables are read by the runtime itself when it needs them; of a
  // field that nobody suspects the stores are enough.
  if (Info.Role != RETSAN_ROLE_SUSPECT)
    return;
  LoadFate Fate = classifyLoad(Load, U);
  add(Access::Load, Operand, Via, Fate.F);
  for (Instruction *I : Fate.UsedAt)
    Out.push_back({Access::UseLater, I, &Load, Fate::Use, false,
                   Operand.getOperandNo(), Via});
}

void AddressWalker::visitCall(CallBase &Call, Use &Operand, Value *Via) {
  if (auto *II = dyn_cast<IntrinsicInst>(&Call)) {
    if (isa<AnyMemIntrinsic>(II) && Info.Role != RETSAN_ROLE_FIELD) {
      if (Operand.getOperandNo() == 0)
        return add(Access::Overwrite, Operand, Via);
      return add(Access::CallArg, Operand, Via, Fate::Use, false);
    }
    // The tag of a field that holds this one, or the same tag again.
    if (II->getIntrinsicID() == Intrinsic::ptr_annotation ||
        II->getIntrinsicID() == Intrinsic::launder_invariant_group ||
        II->getIntrinsicID() == Intrinsic::strip_invariant_group)
      return walk(II, Via);
    if (II->isAssumeLikeIntrinsic() || II->isLifetimeStartOrEnd())
      return;
  }
  if (Info.Role == RETSAN_ROLE_FIELD)
    return;
  if (!Call.isArgOperand(&Operand))
    return add(Access::CallArg, Operand, Via, Fate::Use, true);
  AddressFate A = Calls.of(Call, Call.getArgOperandNo(&Operand), Info);
  if (A.Old != Fate::Nothing || A.Writes)
    add(Access::CallArg, Operand, Via, A.Old, A.Writes);
}

void AddressWalker::visit(Instruction &I, Use &Operand, Value *Via) {
  unsigned OpNo = Operand.getOperandNo();
  if (isa<LoadInst>(I))
    return visitLoad(I, Operand, Via);
  if (isa<StoreInst>(I))
    return add(OpNo == 1 ? Access::Store : Access::Leak, Operand, Via);
  if (isa<AtomicRMWInst, AtomicCmpXchgInst>(I)) {
    if (OpNo != 0)
      return add(Access::Leak, Operand, Via);
    visitLoad(I, Operand, Via);
    return add(Access::Store, Operand, Via);
  }
  if (auto *GEP = dyn_cast<GetElementPtrInst>(&I)) {
    // A step away from one of several addresses: not this slot any more.
    if (Via && !GEP->hasAllZeroIndices())
      return;
    return walk(&I, Via);
  }
  if (isa<BitCastInst, AddrSpaceCastInst>(I))
    return walk(&I, Via);
  if (isa<PHINode, SelectInst>(I)) {
    if (isa<SelectInst>(I) && OpNo == 0)
      return;
    return walk(&I, derivesFrom(&I, Address) ? Via : &I);
  }
  if (isa<ICmpInst>(I))
    return;
  if (auto *Call = dyn_cast<CallBase>(&I))
    return visitCall(*Call, Operand, Via);
  // Returned, made an integer, stored away.
  add(isa<ReturnInst>(I) ? Access::Returned : Access::Leak, Operand, Via);
}

void AddressWalker::walk(Value *V, Value *Via) {
  if (!Seen.insert(V).second)
    return;
  for (Use &Operand : V->uses())
    if (auto *I = dyn_cast<Instruction>(Operand.getUser());
        I && I->getFunction() == &F)
      visit(*I, Operand, Via);
}

bool retsan::passes::derivesFrom(const Value *V, const Value *Address) {
  SmallVector<const Value *, 8> Work{V};
  SmallPtrSet<const Value *, 8> Seen;
  while (!Work.empty()) {
    const Value *X = Work.pop_back_val();
    if (X == Address || !Seen.insert(X).second)
      continue;
    if (auto *Phi = dyn_cast<PHINode>(X))
      Work.append(Phi->value_op_begin(), Phi->value_op_end());
    else if (auto *Select = dyn_cast<SelectInst>(X))
      Work.append({Select->getTrueValue(), Select->getFalseValue()});
    else if (auto *GEP = dyn_cast<GetElementPtrInst>(X))
      Work.push_back(GEP->getPointerOperand());
    else
      return false;
  }
  return true;
}

std::vector<Access> retsan::passes::findAccesses(Value *Address,
                                                 const FieldInfo &Field,
                                                 Function &F, const Unit &U,
                                                 Summaries &Calls) {
  return std::move(AddressWalker(Address, Field, F, U, Calls).Out);
}

/// A helper that is given `&h->p` is as good as its body: `static void
/// clear(void **p) { free(*p); *p = NULL; }` releases and writes, and uses
/// nothing.
AddressFate Summaries::of(const CallBase &Call, unsigned ArgNo,
                          const FieldInfo &Field) {
  bool Owner = Field.Flags & RETSAN_FIELD_OWNER;
  Function *F = Call.getCalledFunction();
  if (Owner || !F || F->isDeclaration() || F->isInterposable() ||
      F->isVarArg() || ArgNo >= F->arg_size())
    return addressFate(Call, ArgNo, Owner);
  // A cycle of calls finds the worst case here.
  auto [It, New] = Known.try_emplace({F, ArgNo});
  if (!New)
    return It->second;
  AddressFate Out{Fate::Nothing, false};
  {
    FunctionView View(*F);
    for (const Access &A : findAccesses(View.toSsa(F->getArg(ArgNo)), Field,
                                        View.ssa(), U, *this)) {
      Out.Old = worse(Out.Old, A.F);
      Out.Writes |= A.Writes || A.Kind == Access::Store ||
                    A.Kind == Access::Overwrite || A.Kind == Access::Leak ||
                    A.Kind == Access::Returned;
      if (A.Kind == Access::Leak || A.Kind == Access::Returned)
        Out.Old = Fate::Use;
    }
  }
  return Known[{F, ArgNo}] = Out;
}
