//===- Locals.cpp - records that live on the stack ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Locals.h"
#include "Marks.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace retsan::passes;

static constexpr StringLiteral LocalTag = "retsan:1:local";

/// Whether the address of \p V goes to a function that may be instrumented.
static bool goesToCalls(const Value *V) {
  for (const User *U : V->users()) {
    if (isa<GetElementPtrInst, CastInst>(U)) {
      if (goesToCalls(U))
        return true;
    } else if (auto *II = dyn_cast<IntrinsicInst>(U)) {
      if (II->getIntrinsicID() == Intrinsic::ptr_annotation && goesToCalls(II))
        return true;
    } else if (auto *Store = dyn_cast<StoreInst>(U)) {
      if (Store->getValueOperand() == V)
        return true;
    } else if (!isa<LoadInst, ICmpInst>(U)) {
      return true;
    }
  }
  return false;
}

/// The places before which the life of \p Local ends: where the front end says
/// so, else where the function does.
static std::vector<Instruction *> endsOf(AllocaInst &Local) {
  std::vector<Instruction *> Out;
  for (User *U : Local.users())
    if (auto *II = dyn_cast<IntrinsicInst>(U);
        II && II->getIntrinsicID() == Intrinsic::lifetime_end)
      Out.push_back(II);
  if (!Out.empty())
    return Out;
  for (BasicBlock &Block : *Local.getFunction()) {
    Instruction *End = Block.getTerminator();
    if (!isa<ReturnInst, ResumeInst>(End))
      continue;
    if (CallInst *Tail = Block.getTerminatingMustTailCall())
      End = Tail;
    Out.push_back(End);
  }
  return Out;
}

void retsan::passes::markLocals(Module &M, Unit &U) {
  std::vector<IntrinsicInst *> Marked;
  for (Function &F : M)
    if (F.getIntrinsicID() == Intrinsic::var_annotation)
      for (User *User : F.users())
        if (auto *Call = dyn_cast<IntrinsicInst>(User))
          if (annotationString(Call->getArgOperand(1)) == LocalTag)
            Marked.push_back(Call);
  const DataLayout &DL = M.getDataLayout();
  for (IntrinsicInst *Call : Marked) {
    auto *Local =
        dyn_cast<AllocaInst>(Call->getArgOperand(0)->stripPointerCasts());
    std::optional<TypeSize> Size;
    if (Local)
      Size = Local->getAllocationSize(DL);
    Instruction *Begin = Call->getNextNode();
    Call->eraseFromParent();
    // A coroutine's locals may move to its frame.
    if (!Size || Size->isScalable() ||
        Local->getFunction()->isPresplitCoroutine() || !goesToCalls(Local))
      continue;
    U.Locals.insert(Local);
    IRBuilder<> B(Begin);
    B.SetCurrentDebugLocation(DebugLoc());
    emitMark(B, Mark::Local, {Local, B.getInt64(Size->getFixedValue())});
    for (Instruction *End : endsOf(*Local)) {
      B.SetInsertPoint(End);
      B.SetCurrentDebugLocation(DebugLoc());
      emitMark(B, Mark::LocalEnd, {Local});
    }
  }
}
