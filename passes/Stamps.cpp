//===- Stamps.cpp - pointers mark what they point to ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stamps.h"
#include "Classify.h"
#include "retsan/abi.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"

#include <cstddef>

using namespace llvm;
using namespace retsan::passes;

namespace {

/// A value and the instruction before which it is stamped.
struct Stamp {
  Value *V;
  Instruction *Before;
};

class FunctionStamper {
public:
  FunctionStamper(Function &F, const Unit &U) : F(F), U(U) {}
  bool run();

private:
  void collect(Instruction &I);
  void add(Value *V, Instruction *Before);
  void emit(const Stamp &S);

  Function &F;
  const Unit &U;
  SmallVector<Stamp, 16> Stamps;
  DenseSet<std::pair<const BasicBlock *, const Value *>> Known;
};

} // namespace

static bool isPointer(Type *Ty) {
  return Ty->isPointerTy() && Ty->getPointerAddressSpace() == 0;
}

/// Pointers, and the pairs of them that vectorisation makes.
static bool holdsPointers(Type *Ty) {
  auto *Vec = dyn_cast<FixedVectorType>(Ty);
  return isPointer(Vec ? Vec->getElementType() : Ty);
}

/// Locals that were not promoted, and tables of the compiler's own.
static bool isUninteresting(const Value *Address) {
  const Value *Object = getUnderlyingObject(Address);
  if (isa<AllocaInst>(Object))
    return true;
  auto *GV = dyn_cast<GlobalVariable>(Object);
  return GV && GV->isConstant();
}

static bool isVtableLoad(const Instruction &I) {
  const MDNode *Tag = I.getMetadata(LLVMContext::MD_tbaa);
  return Tag && Tag->getNumOperands() >= 3 && [&] {
    auto *Base = dyn_cast<MDNode>(Tag->getOperand(0));
    auto *Name = Base && Base->getNumOperands()
                     ? dyn_cast<MDString>(Base->getOperand(0))
                     : nullptr;
    return Name && Name->getString() == "vtable pointer";
  }();
}

void FunctionStamper::add(Value *V, Instruction *Before) {
  if (!isa<Constant>(V) && Known.insert({Before->getParent(), V}).second)
    Stamps.push_back({V, Before});
}

void FunctionStamper::collect(Instruction &I) {
  if (auto *Store = dyn_cast<StoreInst>(&I)) {
    if (holdsPointers(Store->getValueOperand()->getType()) &&
        !isUninteresting(Store->getPointerOperand()))
      add(Store->getValueOperand(), &I);
    return;
  }
  auto *Load = dyn_cast<LoadInst>(&I);
  if (!Load || !holdsPointers(Load->getType()) || isVtableLoad(I) ||
      isUninteresting(Load->getPointerOperand()))
    return;
  // What is only compared, or given back, is not used.
  LoadFate Fate = classifyLoad(I, U);
  if (!Fate.UsedAt.empty())
    for (Instruction *At : Fate.UsedAt)
      add(&I, At);
  else if (Fate.F == Fate::Use)
    add(&I, I.getNextNode());
}

void FunctionStamper::emit(const Stamp &S) {
  IRBuilder<> B(S.Before);
  if (!B.getCurrentDebugLocation())
    if (auto *I = dyn_cast<Instruction>(S.V))
      B.SetCurrentDebugLocation(I->getDebugLoc());
  if (auto *Vec = dyn_cast<FixedVectorType>(S.V->getType())) {
    for (unsigned I = 0; I != Vec->getNumElements(); ++I)
      emit({B.CreateExtractElement(S.V, I), S.Before});
    return;
  }
  Module &M = *F.getParent();
  LLVMContext &Ctx = M.getContext();
  auto *State = cast<GlobalVariable>(M.getOrInsertGlobal(
      "__retsan_stamps_v1", ArrayType::get(B.getInt64Ty(), 4)));
  MDNode *Never = MDNode::get(Ctx, {});
  auto Field = [&](Type *Ty, uint64_t Offset) {
    Value *At = B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), State, Offset);
    LoadInst *L = B.CreateLoad(Ty, At);
    L->setMetadata(LLVMContext::MD_nosanitize, Never);
    return L;
  };
  // Base and mask change once, when the runtime starts: before any code that
  // matters. The back end may then load them once for a whole loop.
  LoadInst *Base = Field(B.getPtrTy(), offsetof(retsan_stamps_v1, base));
  LoadInst *Mask = Field(B.getInt64Ty(), offsetof(retsan_stamps_v1, mask));
  Base->setMetadata(LLVMContext::MD_invariant_load, Never);
  Mask->setMetadata(LLVMContext::MD_invariant_load, Never);
  Value *Epoch = Field(B.getInt8Ty(), offsetof(retsan_stamps_v1, epoch));
  Value *Word =
      B.CreateLShr(B.CreateAnd(B.CreatePtrToInt(S.V, B.getInt64Ty()), Mask), 4);
  B.CreateStore(Epoch, B.CreateGEP(B.getInt8Ty(), Base, Word))
      ->setMetadata(LLVMContext::MD_nosanitize, Never);
}

bool FunctionStamper::run() {
  for (BasicBlock &Block : F)
    for (Instruction &I : Block)
      collect(I);
  for (const Stamp &S : Stamps)
    emit(S);
  if (Stamps.empty())
    return false;
  // The link step of an LTO build optimises once more.
  F.removeFnAttr(Attribute::Memory);
  F.removeFnAttr(Attribute::Speculatable);
  return true;
}

bool retsan::passes::insertStamps(Module &M, const Unit &U) {
  bool Any = false;
  for (Function &F : M)
    if (!F.isDeclaration() && !F.hasFnAttribute(Attribute::Naked) &&
        !F.hasFnAttribute(Attribute::DisableSanitizerInstrumentation) &&
        !F.getName().starts_with("retsan."))
      Any |= FunctionStamper(F, U).run();
  return Any;
}
