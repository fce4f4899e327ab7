//===- MemoryOps.cpp - writes of many fields at once ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MemoryOps.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace retsan::passes;

bool retsan::passes::memoryOperation(Instruction &I, Value *&Dst, Value *&Src,
                                     Value *&Len) {
  auto *Call = dyn_cast<CallBase>(&I);
  if (!Call)
    return false;
  Src = nullptr;
  if (auto *Mem = dyn_cast<AnyMemIntrinsic>(Call)) {
    Dst = Mem->getRawDest();
    Len = Mem->getLength();
    if (auto *Move = dyn_cast<AnyMemTransferInst>(Mem))
      Src = Move->getRawSource();
    return true;
  }
  const Function *Callee = Call->getCalledFunction();
  if (!Callee)
    return false;
  StringRef Name = Callee->getName();
  unsigned LenArg = 2;
  if (Name == "bzero" || Name == "explicit_bzero" ||
      Name == "__explicit_bzero_chk")
    LenArg = 1;
  else if (Name != "memset" && Name != "__memset_chk" && Name != "memcpy" &&
           Name != "memmove" && Name != "__memcpy_chk" &&
           Name != "__memmove_chk")
    return false;
  if (Call->arg_size() <= LenArg)
    return false;
  Dst = Call->getArgOperand(0);
  Len = Call->getArgOperand(LenArg);
  if (Name.contains("memcpy") || Name.contains("memmove"))
    Src = Call->getArgOperand(1);
  return true;
}

const PlaceInfo *retsan::passes::bestPlace(Instruction &I,
                                           ArrayRef<PlaceInfo> Here) {
  Value *Dst, *Src, *Len;
  if (Here.empty() || !memoryOperation(I, Dst, Src, Len))
    return nullptr;
  auto *Length = dyn_cast<ConstantInt>(Len);
  const PlaceInfo *Best = nullptr;
  uint64_t BestGap = 0;
  for (const PlaceInfo &P : Here) {
    if (P.Parts.empty() ||
        (P.Kind != PlaceKind::Copy && P.Kind != PlaceKind::Wipe))
      continue;
    uint64_t N = Length ? Length->getZExtValue() : P.Size;
    uint64_t Gap = N > P.Size ? N - P.Size : P.Size - N;
    if (Best && Gap >= BestGap)
      continue;
    Best = &P;
    BestGap = Gap;
  }
  return Best;
}

bool retsan::passes::changesBits(const StoreInst &Store) {
  SmallVector<const Value *, 4> Work{Store.getValueOperand()};
  for (unsigned Steps = 0; !Work.empty() && Steps != 8; ++Steps) {
    const Value *V = Work.pop_back_val();
    if (auto *Load = dyn_cast<LoadInst>(V))
      if (Load->getPointerOperand() == Store.getPointerOperand())
        return true;
    if (auto *Op = dyn_cast<BinaryOperator>(V))
      Work.append(Op->op_begin(), Op->op_end());
  }
  return false;
}
