//===- Marks.cpp - events on their way through the optimizer --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Marks.h"
#include "retsan/abi.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Support/ModRef.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

#include <cstddef>

using namespace llvm;
using namespace retsan::passes;

namespace {

struct MarkInfo {
  StringLiteral Marker, Hook;
  unsigned NumPointers; ///< Pointer arguments; the site, if any, first.
  bool HasSize;         ///< A size_t comes last.
  bool ReadsMemory;
};

constexpr MarkInfo Infos[] = {
    {"__retsan_mark.store", "__retsan_store_v1", 4, false, false},
    {"__retsan_mark.load", "__retsan_load_v1", 4, false, false},
    {"__retsan_mark.phase", "__retsan_phase_v1", 2, false, true},
    {"__retsan_mark.escape", "__retsan_escape_v1", 2, false, true},
    {"__retsan_mark.refresh", "__retsan_refresh_v1", 2, false, true},
    {"__retsan_mark.copy", "__retsan_copy_v1", 3, true, true},
    {"__retsan_mark.wipe", "__retsan_wipe_v1", 2, true, true},
    {"__retsan_mark.through", "__retsan_through_v1", 3, false, true},
    {"__retsan_mark.hold", "__retsan_hold_v1", 2, false, false},
    {"__retsan_mark.local", "__retsan_local_v1", 1, true, false},
    {"__retsan_mark.local_end", "__retsan_local_end_v1", 1, false, false},
};

} // namespace

static FunctionType *typeOf(const MarkInfo &I, LLVMContext &Ctx) {
  SmallVector<Type *> Params(I.NumPointers, PointerType::getUnqual(Ctx));
  if (I.HasSize)
    Params.push_back(Type::getInt64Ty(Ctx));
  return FunctionType::get(Type::getVoidTy(Ctx), Params, false);
}

static Function *markerDecl(Module &M, const MarkInfo &I) {
  if (Function *F = M.getFunction(I.Marker))
    return F;
  auto *F = Function::Create(typeOf(I, M.getContext()),
                             GlobalValue::ExternalLinkage, I.Marker, M);
  F->setMemoryEffects(I.ReadsMemory ? MemoryEffects::inaccessibleOrArgMemOnly()
                                    : MemoryEffects::inaccessibleMemOnly());
  F->addFnAttr(Attribute::NoUnwind);
  F->addFnAttr(Attribute::WillReturn);
  F->addFnAttr(Attribute::NoCallback);
  for (unsigned A = 0; A != I.NumPointers; ++A) {
    F->addParamAttr(A, Attribute::NoCapture);
    if (I.ReadsMemory)
      F->addParamAttr(A, Attribute::ReadOnly);
    else
      F->addParamAttr(A, Attribute::ReadNone);
  }
  return F;
}

CallInst *retsan::passes::emitMark(IRBuilder<> &B, Mark K,
                                   ArrayRef<Value *> Args) {
  Module &M = *B.GetInsertBlock()->getModule();
  CallInst *Call = B.CreateCall(markerDecl(M, Infos[unsigned(K)]), Args);
  // With a site that is chosen at run time it could not be expanded inline.
  if (K == Mark::Hold)
    Call->addFnAttr(Attribute::NoMerge);
  // The verifier wants a location on calls in functions that have debug info:
  // an inlined marker without one would be rejected.
  if (!Call->getDebugLoc())
    if (DISubprogram *SP = B.GetInsertBlock()->getParent()->getSubprogram())
      Call->setDebugLoc(DILocation::get(M.getContext(), 0, 0, SP));
  return Call;
}

static constexpr StringLiteral EnterMarker = "__retsan_mark.enter";
static constexpr StringLiteral LeaveMarker = "__retsan_mark.leave";

/// Declares enter or leave as a marker, or as the hook itself.
static Function *scopeDecl(Module &M, StringRef Name, bool Enter, bool Marker) {
  if (Function *F = M.getFunction(Name))
    return F;
  LLVMContext &Ctx = M.getContext();
  Type *I32 = Type::getInt32Ty(Ctx), *Void = Type::getVoidTy(Ctx);
  auto *Ty = Enter ? FunctionType::get(I32, false)
                   : FunctionType::get(Void, I32, false);
  auto *F = Function::Create(Ty, GlobalValue::ExternalLinkage, Name, M);
  F->addFnAttr(Attribute::NoUnwind);
  if (Marker) {
    F->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
    F->addFnAttr(Attribute::WillReturn);
    F->addFnAttr(Attribute::NoCallback);
  }
  return F;
}

void retsan::passes::emitScope(Function &F) {
  Module &M = *F.getParent();
  DebugLoc Loc;
  if (DISubprogram *SP = F.getSubprogram())
    Loc = DILocation::get(M.getContext(), 0, 0, SP);
  IRBuilder<> B(&F.getEntryBlock(),
                F.getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
  B.SetCurrentDebugLocation(Loc);
  Value *Depth = B.CreateCall(scopeDecl(M, EnterMarker, true, true));
  Function *Leave = scopeDecl(M, LeaveMarker, false, true);
  for (BasicBlock &Block : F) {
    if (!isa<ReturnInst>(Block.getTerminator()))
      continue;
    Instruction *End = Block.getTerminator();
    if (CallInst *Tail = Block.getTerminatingMustTailCall())
      End = Tail;
    B.SetInsertPoint(End);
    B.SetCurrentDebugLocation(Loc);
    B.CreateCall(Leave, Depth);
  }
}

/// The hooks' work inline, see retsan_scope_v1.
static void expandScopeCall(CallInst &Call, GlobalVariable &State, bool Enter) {
  Module &M = *Call.getModule();
  LLVMContext &Ctx = M.getContext();
  IRBuilder<> B(&Call);
  MDNode *Never = MDNode::get(Ctx, {});
  auto Keep = [&](Instruction *I) {
    I->setMetadata(LLVMContext::MD_nosanitize, Never);
    return I;
  };
  Value *At = B.CreateThreadLocalAddress(&State);
  // The link step of an LTO build reads this.
  Call.getFunction()->removeFnAttr(Attribute::Memory);
  if (Enter) {
    LoadInst *Depth = B.CreateLoad(B.getInt32Ty(), At);
    Keep(Depth);
    Keep(B.CreateStore(B.CreateAdd(Depth, B.getInt32(1)), At));
    Call.replaceAllUsesWith(Depth);
    Call.eraseFromParent();
    return;
  }
  Value *Depth = Call.getArgOperand(0);
  Keep(B.CreateStore(Depth, At));
  LoadInst *Pending =
      B.CreateLoad(B.getInt32Ty(),
                   B.CreateConstInBoundsGEP1_64(
                       B.getInt8Ty(), At, offsetof(retsan_scope_v1, pending)));
  Keep(Pending);
  Instruction *Then =
      SplitBlockAndInsertIfThen(B.CreateIsNotNull(Pending), &Call, false,
                                MDBuilder(Ctx).createBranchWeights(1, 1 << 20));
  Call.moveBefore(Then);
  Call.setCalledFunction(scopeDecl(M, "__retsan_leave_v1", false, false));
  Call.setAttributes(AttributeList());
  Call.setTailCallKind(CallInst::TCK_NoTail);
}

static bool expandScopes(Module &M, StringRef Marker, bool Enter) {
  Function *F = M.getFunction(Marker);
  if (!F)
    return false;
  auto *Ty = StructType::get(Type::getInt32Ty(M.getContext()),
                             Type::getInt32Ty(M.getContext()));
  auto *State =
      cast<GlobalVariable>(M.getOrInsertGlobal("__retsan_scope_v1", Ty, [&] {
        return new GlobalVariable(M, Ty, false, GlobalValue::ExternalLinkage,
                                  nullptr, "__retsan_scope_v1", nullptr,
                                  GlobalValue::InitialExecTLSModel);
      }));
  for (User *U : make_early_inc_range(F->users()))
    expandScopeCall(*cast<CallInst>(U), *State, Enter);
  F->eraseFromParent();
  return true;
}

namespace {

/// Stores to fields that nobody suspects, of mode `all`: inline, see
/// retsan_holder_v1.
class HoldExpander {
public:
  explicit HoldExpander(Module &M) : M(M), Ctx(M.getContext()) {}
  void expand(CallBase &Call);
  /// Tells the runtime of the variables.
  void finish();

private:
  GlobalVariable *numberOf(GlobalVariable &Field);

  Module &M;
  LLVMContext &Ctx;
  MapVector<GlobalVariable *, GlobalVariable *> Numbers; ///< By field.
};

} // namespace

GlobalVariable *HoldExpander::numberOf(GlobalVariable &Field) {
  GlobalVariable *&Number = Numbers[&Field];
  if (!Number) {
    Type *I16 = Type::getInt16Ty(Ctx);
    Number = new GlobalVariable(M, I16, false, GlobalValue::InternalLinkage,
                                ConstantInt::get(I16, 0), "retsan.number");
  }
  return Number;
}

void HoldExpander::expand(CallBase &Call) {
  auto *Site = dyn_cast<GlobalVariable>(Call.getArgOperand(0));
  if (!Site || !Site->hasInitializer())
    return; // several stores became one: a call, as for the others
  auto *Field = cast<GlobalVariable>(Site->getInitializer()->getOperand(0));
  Value *V = Call.getArgOperand(1);
  IRBuilder<> B(&Call);
  MDNode *Never = MDNode::get(Ctx, {});
  auto *State = cast<GlobalVariable>(M.getOrInsertGlobal(
      "__retsan_stamps_v2", ArrayType::get(B.getInt64Ty(), 4)));
  auto Load = [&](Type *Ty, uint64_t Offset) {
    LoadInst *L = B.CreateLoad(
        Ty, B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), State, Offset));
    L->setMetadata(LLVMContext::MD_nosanitize, Never);
    L->setMetadata(LLVMContext::MD_invariant_load, Never);
    return L;
  };
  LoadInst *Base = Load(B.getPtrTy(), offsetof(retsan_stamps_v2, holders));
  LoadInst *Mask = Load(B.getInt64Ty(), offsetof(retsan_stamps_v2, mask));
  LoadInst *Number = B.CreateLoad(B.getInt16Ty(), numberOf(*Field));
  Number->setMetadata(LLVMContext::MD_nosanitize, Never);
  Value *Granule =
      B.CreateLShr(B.CreateAnd(B.CreatePtrToInt(V, B.getInt64Ty()), Mask), 4);
  B.CreateStore(Number, B.CreateGEP(B.getInt16Ty(), Base, Granule))
      ->setMetadata(LLVMContext::MD_nosanitize, Never);
  // The link step of an LTO build reads this.
  Call.getFunction()->removeFnAttr(Attribute::Memory);
  Call.eraseFromParent();
}

void HoldExpander::finish() {
  if (Numbers.empty())
    return;
  SmallVector<Constant *> All;
  for (auto &[Field, Number] : Numbers)
    All.push_back(ConstantStruct::getAnon({Field, Number}));
  Constant *Init =
      ConstantArray::get(ArrayType::get(All[0]->getType(), All.size()), All);
  auto *Table =
      new GlobalVariable(M, Init->getType(), true, GlobalValue::PrivateLinkage,
                         Init, "retsan.holders");
  Type *I64 = Type::getInt64Ty(Ctx);
  FunctionCallee Hook =
      M.getOrInsertFunction("__retsan_holders_v1", Type::getVoidTy(Ctx),
                            PointerType::getUnqual(Ctx), I64);
  auto *F = Function::Create(FunctionType::get(Type::getVoidTy(Ctx), false),
                             GlobalValue::InternalLinkage,
                             "retsan.register_holders", M);
  F->addFnAttr(Attribute::NoUnwind);
  IRBuilder<> B(BasicBlock::Create(Ctx, "", F));
  B.CreateCall(Hook, {Table, ConstantInt::get(I64, All.size())});
  B.CreateRetVoid();
  // After the module's own constructor of the same priority.
  appendToGlobalCtors(M, F, /*Priority=*/1);
}

bool retsan::passes::expandMarks(Module &M) {
  bool Changed = expandScopes(M, EnterMarker, true);
  Changed |= expandScopes(M, LeaveMarker, false);
  const MarkInfo &HoldInfo = Infos[unsigned(Mark::Hold)];
  if (Function *Marker = M.getFunction(HoldInfo.Marker)) {
    HoldExpander Holds(M);
    for (User *U : make_early_inc_range(Marker->users()))
      Holds.expand(*cast<CallBase>(U));
    Holds.finish();
    Changed = true;
  }
  for (const MarkInfo &I : Infos) {
    Function *Marker = M.getFunction(I.Marker);
    if (!Marker)
      continue;
    Changed = true;
    FunctionCallee Hook =
        M.getOrInsertFunction(I.Hook, typeOf(I, M.getContext()));
    if (auto *F = dyn_cast<Function>(Hook.getCallee()))
      F->addFnAttr(Attribute::NoUnwind);
    for (User *U : make_early_inc_range(Marker->users())) {
      auto *Call = cast<CallBase>(U);
      IRBuilder<> B(Call);
      SmallVector<Value *> Args(Call->args());
      CallInst *New = B.CreateCall(Hook, Args);
      New->setDebugLoc(Call->getDebugLoc());
      New->setDoesNotThrow();
      // A marker in tail position must not become a jump: the frame of the
      // function that accessed the field belongs in the runtime's stacks.
      New->setTailCallKind(CallInst::TCK_NoTail);
      Call->eraseFromParent();
    }
    Marker->eraseFromParent();
  }
  return Changed;
}
