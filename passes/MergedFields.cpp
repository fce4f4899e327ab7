//===- MergedFields.cpp - which field a merged address is of --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MergedFields.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;
using namespace retsan::passes;

void MergedFields::addRoot(Value *Address, unsigned Field) {
  Known[Address] =
      ConstantInt::get(Type::getInt32Ty(Address->getContext()), Field + 1);
}

Value *MergedFields::fieldOf(Value *V) {
  if (Value *Have = Known.lookup(V))
    return Have;
  auto *I32 = Type::getInt32Ty(V->getContext());
  if (auto *Cast = dyn_cast<CastInst>(V);
      Cast && V->getType()->isPointerTy() && Cast->getSrcTy()->isPointerTy())
    return fieldOf(Cast->getOperand(0));
  if (auto *GEP = dyn_cast<GetElementPtrInst>(V);
      GEP && GEP->hasAllZeroIndices())
    return fieldOf(GEP->getPointerOperand());
  if (auto *Phi = dyn_cast<PHINode>(V)) {
    BasicBlock *Block = View.toOriginal(Phi->getParent());
    auto *Shadow =
        PHINode::Create(I32, Phi->getNumIncomingValues(), "", Block->begin());
    Known[V] = Shadow; // Before its operands: loops end here.
    for (unsigned I = 0; I != Phi->getNumIncomingValues(); ++I)
      Shadow->addIncoming(fieldOf(Phi->getIncomingValue(I)),
                          View.toOriginal(Phi->getIncomingBlock(I)));
    return Shadow;
  }
  if (auto *Select = dyn_cast<SelectInst>(V))
    if (auto *Original = cast_or_null<SelectInst>(View.toOriginal(Select))) {
      Value *True = fieldOf(Select->getTrueValue());
      Value *False = fieldOf(Select->getFalseValue());
      return Known[V] = SelectInst::Create(Original->getCondition(), True,
                                           False, "", Original->getIterator());
    }
  return Known[V] = ConstantInt::get(I32, 0);
}
