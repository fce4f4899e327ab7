//===- FunctionView.cpp - a function in SSA form --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionView.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

using namespace llvm;
using namespace retsan::passes;

static void promoteLocals(Function &F) {
  SmallVector<AllocaInst *> Locals;
  for (Instruction &I : F.getEntryBlock())
    if (auto *A = dyn_cast<AllocaInst>(&I); A && isAllocaPromotable(A))
      Locals.push_back(A);
  if (Locals.empty())
    return;
  DominatorTree DT(F);
  PromoteMemToReg(Locals, DT);
}

FunctionView::FunctionView(Function &F) : Ssa(&F) {
  // A coroutine is split later; until then its locals must stay as they are.
  IsCopy = F.hasOptNone() || F.isPresplitCoroutine();
  if (IsCopy) {
    ValueToValueMapTy Map;
    Ssa = CloneFunction(&F, Map);
    Ssa->setLinkage(GlobalValue::InternalLinkage);
    auto Note = [&](Value *V) {
      if (Value *C = Map.lookup(V)) {
        Forward[V] = C;
        Back[C] = V;
      }
    };
    for (Argument &A : F.args())
      Note(&A);
    for (BasicBlock &B : F) {
      Note(&B);
      for (Instruction &I : B)
        Note(&I);
    }
  }
  promoteLocals(*Ssa);
}

FunctionView::~FunctionView() {
  if (IsCopy)
    Ssa->eraseFromParent();
}

Value *FunctionView::toSsa(Value *V) const {
  if (!IsCopy || isa<Constant>(V))
    return V;
  return Forward.lookup(V);
}

Instruction *FunctionView::toOriginal(const Instruction *I) const {
  if (!IsCopy)
    return const_cast<Instruction *>(I);
  // Promotion makes phis, perhaps where a deleted instruction was in memory.
  if (isa<PHINode>(I))
    return nullptr;
  return cast_or_null<Instruction>(Back.lookup(I));
}

BasicBlock *FunctionView::toOriginal(const BasicBlock *B) const {
  if (!IsCopy)
    return const_cast<BasicBlock *>(B);
  return cast_or_null<BasicBlock>(Back.lookup(B));
}
