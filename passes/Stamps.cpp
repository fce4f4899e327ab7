//===- Stamps.cpp - pointers mark what they point to ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A stamp is not repeated: not in one block, and not on ways without a call
// that may allocate, since only malloc moves the epoch on. For the same reason
// what a loop without such calls does not change is stamped before the loop,
// and the epoch is read once for all that follows without a call; in a loop in
// each round, lest another thread's epochs pass by.
// Instructions are what a stamp costs: fewer of the program's own cache misses
// overlap.
//
//===----------------------------------------------------------------------===//

#include "Stamps.h"
#include "Classify.h"
#include "retsan/abi.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/ADT/SetOperations.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

#include <cstddef>

using namespace llvm;
using namespace retsan::passes;

namespace {

/// The functions of a module that call nobody but each other and what is known
/// not to allocate.
class QuietFunctions {
public:
  explicit QuietFunctions(const Module &M);
  /// Whether it may allocate, or take its time.
  bool isCall(const Instruction &I) const;

private:
  DenseSet<const Function *> Quiet;
};

/// A value and the instruction before which it is stamped.
struct Stamp {
  Value *V;
  Instruction *Before;
};

class FunctionStamper {
public:
  FunctionStamper(Function &F, const Unit &U, const QuietFunctions &Quiet)
      : F(F), U(U), Quiet(Quiet) {}
  bool run();

private:
  using Objects = DenseSet<const Value *>;
  void collect(Instruction &I);
  void add(Value *V, Instruction *Before);
  void hoist();
  void dropRepeated();
  void emitAll();
  void emit(const Stamp &S);
  bool startsWithEpoch() const;

  Function &F;
  const Unit &U;
  const QuietFunctions &Quiet;
  Value *Epoch = nullptr; ///< Where emit() is; null: not known there.
  SmallVector<Stamp, 16> Stamps;
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
  if (!isa<Constant>(V))
    Stamps.push_back({V, Before});
}

/// Functions of the C and C++ libraries that allocate nothing. What is freed
/// is not stamped after that, and what is not freed keeps its stamps.
static bool isQuietInLibraries(StringRef Name) {
  return StringSwitch<bool>(Name)
      .Cases("memcmp", "bcmp", "memchr", "strlen", "strnlen", true)
      .Cases("strcmp", "strncmp", "strchr", "strrchr", "strstr", true)
      .Cases("memcpy", "memmove", "memset", "strcpy", "strncpy", true)
      .Cases("free", "_ZdlPv", "_ZdlPvm", "_ZdaPv", "_ZdaPvm", true)
      .Case("_ZNSt8__detail15_List_node_base7_M_hookEPS0_", true)
      .Case("_ZNSt8__detail15_List_node_base9_M_unhookEv", true)
      .Case("_ZNSt8__detail15_List_node_base11_M_transferEPS0_S1_", true)
      .Case("_ZSt18_Rb_tree_incrementPSt18_Rb_tree_node_base", true)
      .Case("_ZSt18_Rb_tree_incrementPKSt18_Rb_tree_node_base", true)
      .Case("_ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base", true)
      .Case("_ZSt18_Rb_tree_decrementPKSt18_Rb_tree_node_base", true)
      .Case("_ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_",
            true)
      .Case("_ZSt28_Rb_tree_rebalance_for_erasePSt18_Rb_tree_node_baseRS_",
            true)
      .Case("_ZSt11_Hash_bytesPKvmm", true)
      .Default(false);
}

QuietFunctions::QuietFunctions(const Module &M) {
  for (const Function &F : M)
    if (!F.isDeclaration() && F.hasExactDefinition())
      Quiet.insert(&F);
  // Whoever calls somebody else is none, nor are those who call that.
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const Function &F : M)
      if (Quiet.contains(&F) &&
          any_of(instructions(F),
                 [&](const Instruction &I) { return isCall(I); }))
        Changed |= Quiet.erase(&F);
  }
}

bool QuietFunctions::isCall(const Instruction &I) const {
  auto *Call = dyn_cast<CallBase>(&I);
  if (!Call || isa<IntrinsicInst>(I))
    return false;
  const Function *Callee = Call->getCalledFunction();
  if (!Callee)
    return true;
  // The runtime's hooks allocate nothing of the program's.
  return !Quiet.contains(Callee) &&
         !Callee->getName().starts_with("__retsan_") &&
         !(Callee->isDeclaration() && isQuietInLibraries(Callee->getName()));
}

void FunctionStamper::hoist() {
  DominatorTree Tree(F);
  LoopInfo Loops(Tree);
  if (Loops.empty())
    return;
  DenseMap<const Loop *, bool> Known;
  auto IsQuiet = [&](const Loop *L) {
    auto [It, New] = Known.try_emplace(L, false);
    if (New)
      It->second = none_of(L->blocks(), [&](const BasicBlock *B) {
        return any_of(*B,
                      [&](const Instruction &I) { return Quiet.isCall(I); });
      });
    return It->second;
  };
  for (Stamp &S : Stamps)
    for (Loop *L = Loops.getLoopFor(S.Before->getParent());
         L && L->isLoopInvariant(S.V) && L->getLoopPreheader() && IsQuiet(L);
         L = L->getParentLoop())
      S.Before = L->getLoopPreheader()->getTerminator();
}

void FunctionStamper::dropRepeated() {
  DenseMap<const Instruction *, SmallVector<Value *, 2>> At;
  for (const Stamp &S : Stamps)
    At[S.Before].push_back(S.V);
  Stamps.clear();
  // What was stamped on all ways to the end of a block, since the last call.
  DenseMap<const BasicBlock *, Objects> Ends;
  ReversePostOrderTraversal<Function *> Order(&F);
  for (BasicBlock *Block : Order) {
    Objects Since, Here;
    bool First = true;
    for (const BasicBlock *Before : predecessors(Block)) {
      auto It = Ends.find(Before);
      if (It == Ends.end()) { // the way back of a loop
        Since.clear();
        break;
      }
      if (First)
        Since = It->second;
      else
        set_intersect(Since, It->second);
      First = false;
    }
    for (Instruction &I : *Block) {
      if (auto It = At.find(&I); It != At.end())
        for (Value *V : It->second) {
          // Wherever it points into it, the allocation is the same.
          const Value *Object = V->getType()->isPointerTy()
                                    ? V->stripInBoundsConstantOffsets()
                                    : V;
          bool IsNew = Here.insert(Object).second;
          if (Since.insert(Object).second && IsNew)
            Stamps.push_back({V, &I});
        }
      if (Quiet.isCall(I))
        Since.clear();
    }
    Ends[Block] = std::move(Since);
  }
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

static LoadInst *loadOf(IRBuilder<> &B, Value *State, Type *Ty,
                        uint64_t Offset) {
  Value *At = B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), State, Offset);
  LoadInst *L = B.CreateLoad(Ty, At);
  L->setMetadata(LLVMContext::MD_nosanitize, MDNode::get(B.getContext(), {}));
  return L;
}

static GlobalVariable *stateOf(Module &M) {
  return cast<GlobalVariable>(
      M.getOrInsertGlobal("__retsan_stamps_v2",
                          ArrayType::get(Type::getInt64Ty(M.getContext()), 4)));
}

static LoadInst *loadEpoch(IRBuilder<> &B) {
  Module &M = *B.GetInsertBlock()->getModule();
  return loadOf(B, stateOf(M), B.getInt8Ty(),
                offsetof(retsan_stamps_v2, epoch));
}

/// Whether stamps in more than one block follow the function's begin without a
/// call: then the epoch is read there.
bool FunctionStamper::startsWithEpoch() const {
  DenseSet<const Instruction *> Stamped;
  for (const Stamp &S : Stamps)
    Stamped.insert(S.Before);
  SmallVector<const BasicBlock *, 8> Work = {&F.getEntryBlock()};
  DenseSet<const BasicBlock *> Met = {&F.getEntryBlock()};
  unsigned Found = 0;
  while (!Work.empty()) {
    const BasicBlock *Block = Work.pop_back_val();
    bool Called = false, Any = false;
    for (const Instruction &I : *Block) {
      Any |= Stamped.contains(&I);
      if ((Called = Quiet.isCall(I)))
        break;
    }
    Found += Any;
    if (Found > 1)
      return true;
    if (!Called)
      for (const BasicBlock *Next : successors(Block))
        if (Met.insert(Next).second)
          Work.push_back(Next);
  }
  return false;
}

/// In an order in which what comes before a block is done before it, but for
/// the ways back of loops: there the epoch is not known.
void FunctionStamper::emitAll() {
  DenseMap<const Instruction *, SmallVector<Value *, 2>> At;
  for (const Stamp &S : Stamps)
    At[S.Before].push_back(S.V);
  BasicBlock &Entry = F.getEntryBlock();
  DenseMap<const BasicBlock *, Value *> Ends;
  bool Early = startsWithEpoch();
  ReversePostOrderTraversal<Function *> Order(&F);
  for (BasicBlock *Block : Order) {
    Epoch = nullptr;
    bool First = true;
    for (const BasicBlock *Before : predecessors(Block)) {
      Value *There = Ends.lookup(Before);
      Epoch = First || Epoch == There ? There : nullptr;
      First = false;
      if (!Epoch)
        break;
    }
    for (Instruction &I : make_early_inc_range(*Block)) {
      if (Block == &Entry && Early && !isa<AllocaInst>(I) &&
          !isa<DbgInfoIntrinsic>(I)) {
        IRBuilder<> B(&I);
        Epoch = loadEpoch(B);
        Early = false;
      }
      if (auto It = At.find(&I); It != At.end())
        for (Value *V : It->second)
          emit({V, &I});
      if (Quiet.isCall(I))
        Epoch = nullptr;
    }
    Ends[Block] = Epoch;
  }
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
  GlobalVariable *State = stateOf(M);
  MDNode *Never = MDNode::get(Ctx, {});
  // Base and mask change once, when the runtime starts: before any code that
  // matters. The back end may then load them once for a whole loop.
  LoadInst *Base =
      loadOf(B, State, B.getPtrTy(), offsetof(retsan_stamps_v2, base));
  LoadInst *Mask =
      loadOf(B, State, B.getInt64Ty(), offsetof(retsan_stamps_v2, mask));
  Base->setMetadata(LLVMContext::MD_invariant_load, Never);
  Mask->setMetadata(LLVMContext::MD_invariant_load, Never);
  if (!Epoch)
    Epoch = loadEpoch(B);
  Value *Word =
      B.CreateLShr(B.CreateAnd(B.CreatePtrToInt(S.V, B.getInt64Ty()), Mask), 4);
  B.CreateStore(Epoch, B.CreateGEP(B.getInt8Ty(), Base, Word))
      ->setMetadata(LLVMContext::MD_nosanitize, Never);
}

bool FunctionStamper::run() {
  for (BasicBlock &Block : F)
    for (Instruction &I : Block)
      collect(I);
  if (Stamps.empty())
    return false;
  hoist();
  dropRepeated();
  emitAll();
  // The link step of an LTO build optimises once more.
  F.removeFnAttr(Attribute::Memory);
  F.removeFnAttr(Attribute::Speculatable);
  return true;
}

bool retsan::passes::insertStamps(Module &M, const Unit &U) {
  QuietFunctions Quiet(M);
  bool Any = false;
  for (Function &F : M)
    if (!F.isDeclaration() && !F.hasFnAttribute(Attribute::Naked) &&
        !F.hasFnAttribute(Attribute::DisableSanitizerInstrumentation) &&
        !F.getName().starts_with("retsan."))
      Any |= FunctionStamper(F, U, Quiet).run();
  return Any;
}
