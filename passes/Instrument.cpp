//===- Instrument.cpp - accesses become marked events ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Instrument.h"
#include "Accesses.h"
#include "FunctionView.h"
#include "Locals.h"
#include "Marks.h"
#include "MemoryOps.h"
#include "MergedFields.h"
#include "Stamps.h"
#include "Tables.h"
#include "retsan/abi.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/ReplaceConstant.h"
#include "llvm/Support/Path.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

#include <set>

using namespace llvm;
using namespace retsan::passes;

namespace {

/// An access of the function itself, ready to be marked.
struct Event {
  Access A;
  unsigned Field = 0;
  Value *Address = nullptr; ///< Of the whole field.
  /// For an address merged with others: the field that it is of, plus one.
  Value *Merged = nullptr;
  SourcePos Fallback; ///< Where the address was taken.
  bool Maybe = false; ///< See Root.
};

/// Whether every caller of \p F is in this module and calls it by its name, so
/// that what becomes of its result is seen.
bool callersAreSeen(const Function &F) {
  if (!F.hasLocalLinkage())
    return false;
  for (const Use &Operand : F.uses()) {
    auto *Call = dyn_cast<CallBase>(Operand.getUser());
    if (!Call || !Call->isCallee(&Operand))
      return false;
  }
  return true;
}

class FunctionMarker {
public:
  FunctionMarker(Function &F, const Unit &U, Tables &T, Summaries &Calls)
      : F(F), U(U), T(T), Calls(Calls) {}

  /// Returns whether the function may bring a record into another state.
  bool run(ArrayRef<Root> Roots);

private:
  void analyse(ArrayRef<Root> Roots);
  void collectPlaces();
  static const PlaceInfo *libraryCopy(Instruction &I,
                                      ArrayRef<PlaceInfo> Records);
  void mark(const Event &E);
  void markPhase(const Event &E);
  void markLoad(const Event &E);
  void markStore(const Event &E);
  void markCall(const Event &E);
  void markOverwrite(const Event &E);
  void markHold(const Event &E);
  void markThrough(const Event &E);
  void markPlace(Instruction &I, const PlaceInfo &P);
  void markMemberwise(AnyMemTransferInst &Copy, ArrayRef<PartInfo> Fields);
  void markBits(StoreInst &Store, unsigned Field);

  SourcePos posOf(const Instruction &I, const SourcePos &Fallback) const;
  Value *site(const Event &E, uint32_t Kind);
  /// Calls \p Emit at the place where control continues after \p I.
  void after(Instruction &I, function_ref<void(IRBuilder<> &)> Emit);
  /// The same for the instruction of \p E, or for the place before it, under
  /// the condition that a merged address is that of E's field.
  void afterEvent(const Event &E, function_ref<void(IRBuilder<> &)> Emit);
  void beforeEvent(const Event &E, function_ref<void(IRBuilder<> &)> Emit);
  void guarded(const Event &E, Instruction *Before,
               function_ref<void(IRBuilder<> &)> Emit);

  Function &F;
  const Unit &U;
  Tables &T;
  Summaries &Calls;
  std::vector<Event> Events;
  DenseMap<Instruction *, Instruction *> LastAfter;
  std::vector<std::pair<Instruction *, const PlaceInfo *>> Places;
};

class ModuleMarker {
public:
  ModuleMarker(Module &M, Unit &U) : M(M), U(U), T(M, U), Calls(U) {}
  void run();

private:
  void rootsOfTags();
  void rootsOfGlobals();
  void rootsOfResults();
  void markScopes(ArrayRef<Function *> Changing);

  Module &M;
  Unit &U;
  Tables T;
  Summaries Calls;
  MapVector<Function *, std::vector<Root>> Roots;
};

} // namespace

static uint32_t siteKind(Fate F) {
  switch (F) {
  case Fate::Test:
    return RETSAN_SITE_TEST;
  case Fate::Release:
    return RETSAN_SITE_RELEASE;
  default:
    return RETSAN_SITE_USE;
  }
}

/// An object on this function's stack that is not announced: the runtime does
/// not track its fields.
static bool onStack(const Value *Address, const Unit &U) {
  for (;;) {
    Address = getUnderlyingObject(Address, /*MaxLookup=*/0);
    auto *Call = dyn_cast<CallBase>(Address);
    if (!Call || Call->getIntrinsicID() != Intrinsic::ptr_annotation)
      return isa<AllocaInst>(Address) && !U.Locals.contains(Address);
    Address = Call->getArgOperand(0);
  }
}

static SourcePos annotationPos(const CallBase &Annotation) {
  SourcePos P;
  P.File = annotationString(Annotation.getArgOperand(2)).str();
  if (auto *Line = dyn_cast<ConstantInt>(Annotation.getArgOperand(3)))
    P.Line = Line->getZExtValue();
  return P;
}

SourcePos FunctionMarker::posOf(const Instruction &I,
                                const SourcePos &Fallback) const {
  const DILocation *Loc = I.getDebugLoc().get();
  if (!Loc || !Loc->getLine())
    return Fallback;
  SmallString<256> Path(Loc->getFilename());
  if (!sys::path::is_absolute(Path) && !Loc->getDirectory().empty()) {
    Path = Loc->getDirectory();
    sys::path::append(Path, Loc->getFilename());
  }
  sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
  return {std::string(Path), Loc->getLine()};
}

Value *FunctionMarker::site(const Event &E, uint32_t Kind) {
  return T.site(E.Field, posOf(*E.A.At, E.Fallback), F, Kind);
}

void FunctionMarker::after(Instruction &I,
                           function_ref<void(IRBuilder<> &)> Emit) {
  // Events of one instruction are told in the order in which they are marked.
  Instruction *&Last = LastAfter[&I];
  auto At = [&](BasicBlock::iterator It) {
    if (Last)
      It = std::next(Last->getIterator());
    IRBuilder<> B(It->getParent(), It);
    B.SetCurrentDebugLocation(I.getDebugLoc());
    Emit(B);
    if (It != It->getParent()->begin())
      Last = &*std::prev(It);
  };
  if (auto *Call = dyn_cast<CallInst>(&I); Call && Call->isMustTailCall())
    return;
  if (!I.isTerminator())
    return At(std::next(I.getIterator()));
  auto *Invoke = dyn_cast<InvokeInst>(&I);
  if (!Invoke)
    return;
  BasicBlock *Normal = Invoke->getNormalDest();
  if (!Normal->getSinglePredecessor())
    Normal = SplitEdge(Invoke->getParent(), Normal);
  At(Normal->getFirstInsertionPt());
}

void FunctionMarker::guarded(const Event &E, Instruction *Before,
                             function_ref<void(IRBuilder<> &)> Emit) {
  IRBuilder<> B(Before);
  B.SetCurrentDebugLocation(E.A.At->getDebugLoc());
  if (!E.Merged)
    return Emit(B);
  Value *Is = B.CreateICmpEQ(E.Merged, B.getInt32(E.Field + 1));
  B.SetInsertPoint(SplitBlockAndInsertIfThen(Is, Before, false));
  B.SetCurrentDebugLocation(E.A.At->getDebugLoc());
  Emit(B);
}

void FunctionMarker::beforeEvent(const Event &E,
                                 function_ref<void(IRBuilder<> &)> Emit) {
  guarded(E, E.A.At, Emit);
}

void FunctionMarker::afterEvent(const Event &E,
                                function_ref<void(IRBuilder<> &)> Emit) {
  if (!E.Merged)
    return after(*E.A.At, Emit);
  Instruction *Next = nullptr;
  after(*E.A.At, [&](IRBuilder<> &B) { Next = &*B.GetInsertPoint(); });
  if (Next)
    guarded(E, Next, Emit);
}

/// \p V as a pointer, or null if it is no word.
static Value *asPointer(IRBuilder<> &B, Value *V) {
  if (V->getType()->isPointerTy())
    return V;
  if (V->getType()->isIntegerTy(64))
    return B.CreateIntToPtr(V, B.getPtrTy());
  return nullptr;
}

void FunctionMarker::markPhase(const Event &E) {
  bool Writes = E.A.Kind == Access::Store || E.A.Kind == Access::Overwrite ||
                (E.A.Kind == Access::CallArg && E.A.Writes);
  if (!Writes)
    return;
  afterEvent(E, [&](IRBuilder<> &B) {
    emitMark(B, Mark::Phase, {site(E, RETSAN_SITE_PHASE), E.Address});
  });
}

void FunctionMarker::markLoad(const Event &E) {
  if (E.A.F == Fate::Nothing)
    return;
  Value *Site = site(E, siteKind(E.A.F));
  Value *Slot = nullptr;
  Instruction *Loaded = E.A.Kind == Access::UseLater ? E.A.Loaded : E.A.At;
  if (auto *L = dyn_cast<LoadInst>(Loaded))
    Slot = L->getPointerOperand();
  else
    Slot = Loaded->getOperand(0);
  auto Emit = [&](IRBuilder<> &B) {
    Value *V = Loaded;
    if (isa<AtomicCmpXchgInst>(Loaded))
      V = B.CreateExtractValue(Loaded, 0);
    if (Value *P = asPointer(B, V))
      emitMark(B, Mark::Load, {Site, E.Address, Slot, P});
    else
      emitMark(B, Mark::Escape, {Site, E.Address});
  };
  if (E.A.Kind == Access::UseLater)
    beforeEvent(E, Emit);
  else
    afterEvent(E, Emit);
}

/// The value that \p I stores; null if it only changes what is there.
static Value *storedBy(Instruction &I) {
  if (auto *S = dyn_cast<StoreInst>(&I))
    return S->getValueOperand();
  auto *X = dyn_cast<AtomicRMWInst>(&I);
  return X && X->getOperation() == AtomicRMWInst::Xchg ? X->getValOperand()
                                                       : nullptr;
}

void FunctionMarker::markStore(const Event &E) {
  afterEvent(E, [&](IRBuilder<> &B) {
    Value *Stored = storedBy(*E.A.At);
    if (Value *V = Stored ? asPointer(B, Stored) : nullptr)
      emitMark(B, Mark::Store,
               {site(E, RETSAN_SITE_STORE), E.Address,
                getLoadStorePointerOperand(E.A.At)
                    ? getLoadStorePointerOperand(E.A.At)
                    : cast<AtomicRMWInst>(E.A.At)->getPointerOperand(),
                V});
    else
      emitMark(B, Mark::Refresh, {site(E, RETSAN_SITE_REFRESH), E.Address});
  });
}

void FunctionMarker::markCall(const Event &E) {
  if (E.A.F != Fate::Nothing) {
    bool Owner = U.Fields[E.Field].Flags & RETSAN_FIELD_OWNER;
    uint32_t Kind = E.A.F == Fate::Use && !Owner ? uint32_t(RETSAN_SITE_ESCAPE)
                                                 : siteKind(E.A.F);
    beforeEvent(E, [&](IRBuilder<> &B) {
      emitMark(B, Mark::Escape, {site(E, Kind), E.Address});
    });
  }
  if (E.A.Writes)
    afterEvent(E, [&](IRBuilder<> &B) {
      emitMark(B, Mark::Refresh, {site(E, RETSAN_SITE_REFRESH), E.Address});
    });
}

void FunctionMarker::markOverwrite(const Event &E) {
  afterEvent(E, [&](IRBuilder<> &B) {
    emitMark(B, Mark::Refresh, {site(E, RETSAN_SITE_REFRESH), E.Address});
  });
}

void FunctionMarker::markHold(const Event &E) {
  Value *Stored = E.A.Kind == Access::Store ? storedBy(*E.A.At) : nullptr;
  if (!Stored || isa<Constant>(Stored))
    return;
  afterEvent(E, [&](IRBuilder<> &B) {
    if (Value *V = asPointer(B, Stored))
      emitMark(B, Mark::Hold, {site(E, RETSAN_SITE_STORE), V});
  });
}

/// An access by an address that a function returned. Where that is a field's,
/// the function has told so, and the runtime knows the slot.
void FunctionMarker::markThrough(const Event &E) {
  auto Emit = [&](uint32_t Kind, Value *Slot, Value *V, bool After) {
    auto Mark = [&](IRBuilder<> &B) {
      Value *P = V ? asPointer(B, V) : nullptr;
      emitMark(B, Mark::Through,
               {site(E, V && !P ? uint32_t(RETSAN_SITE_REFRESH) : Kind), Slot,
                P ? P : ConstantPointerNull::get(B.getPtrTy())});
    };
    After ? afterEvent(E, Mark) : beforeEvent(E, Mark);
  };
  Instruction &At = *E.A.At;
  switch (E.A.Kind) {
  case Access::Load:
  case Access::UseLater: {
    Instruction *Loaded = E.A.Kind == Access::UseLater ? E.A.Loaded : &At;
    if (E.A.F == Fate::Nothing || !isa<LoadInst>(Loaded))
      return;
    return Emit(siteKind(E.A.F), Loaded->getOperand(0), Loaded,
                E.A.Kind == Access::Load);
  }
  case Access::Store:
    if (auto *S = dyn_cast<StoreInst>(&At))
      return Emit(RETSAN_SITE_STORE, S->getPointerOperand(),
                  S->getValueOperand(), true);
    return Emit(RETSAN_SITE_REFRESH, E.Address, nullptr, true);
  case Access::CallArg:
    if (E.A.F == Fate::Use)
      Emit(RETSAN_SITE_ESCAPE, E.Address, nullptr, false);
    if (E.A.Writes)
      Emit(RETSAN_SITE_REFRESH, E.Address, nullptr, true);
    return;
  case Access::Overwrite:
    return Emit(RETSAN_SITE_REFRESH, E.Address, nullptr, true);
  case Access::Leak:
    return Emit(RETSAN_SITE_ESCAPE, E.Address, nullptr, false);
  case Access::Returned:
    return; // Its callers are followed as well.
  }
}

void FunctionMarker::mark(const Event &E) {
  uint16_t Role = U.Fields[E.Field].Role;
  if (Role == RETSAN_ROLE_FIELD)
    return E.Maybe ? void() : markHold(E);
  if (E.Maybe)
    return Role == RETSAN_ROLE_SUSPECT ? markThrough(E) : void();
  if (onStack(E.Address, U))
    return;
  if (Role == RETSAN_ROLE_PHASE)
    return markPhase(E);
  switch (E.A.Kind) {
  case Access::Load:
  case Access::UseLater:
    return markLoad(E);
  case Access::Store:
    return markStore(E);
  case Access::CallArg:
    return markCall(E);
  case Access::Overwrite:
    return markOverwrite(E);
  case Access::Leak:
    return beforeEvent(E, [&](IRBuilder<> &B) {
      emitMark(B, Mark::Escape, {site(E, RETSAN_SITE_ESCAPE), E.Address});
    });
  case Access::Returned:
    // The runtime must know the slot; it is no use where the callers are seen.
    return beforeEvent(E, [&](IRBuilder<> &B) {
      bool Seen = callersAreSeen(F);
      emitMark(B, Seen ? Mark::Refresh : Mark::Escape,
               {site(E, Seen ? RETSAN_SITE_REFRESH : RETSAN_SITE_ESCAPE),
                E.Address});
    });
  }
}

void FunctionMarker::markPlace(Instruction &I, const PlaceInfo &P) {
  Value *Dst, *Src, *Len;
  if (!memoryOperation(I, Dst, Src, Len) || onStack(Dst, U) ||
      !Len->getType()->isIntegerTy())
    return;
  bool Whole = P.Parts.size() == 1 && P.Parts[0].Offset == 0;
  after(I, [&](IRBuilder<> &B) {
    for (const PartInfo &Part : P.Parts) {
      uint32_t Kind = Src ? RETSAN_SITE_COPY : RETSAN_SITE_WIPE;
      Value *Site = T.site(Part.Field, posOf(I, {}), F, Kind);
      Value *Size = Whole ? B.CreateZExtOrTrunc(Len, B.getInt64Ty())
                          : B.getInt64(U.Fields[Part.Field].RecordSize);
      auto At = [&](Value *V) {
        return Part.Offset
                   ? B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), V, Part.Offset)
                   : V;
      };
      if (Src)
        emitMark(B, Mark::Copy, {Site, At(Dst), At(Src), Size});
      else
        emitMark(B, Mark::Wipe, {Site, At(Dst), Size});
    }
  });
}

/// Several members at once, in a copy operation that the compiler wrote: \p
/// Copy starts at a member of `this`.
void FunctionMarker::markMemberwise(AnyMemTransferInst &Copy,
                                    ArrayRef<PartInfo> Fields) {
  auto *Length = dyn_cast<ConstantInt>(Copy.getLength());
  if (!Length)
    return;
  const DataLayout &DL = F.getDataLayout();
  uint64_t Start = 0;
  Value *This = Copy.getRawDest();
  for (;;) {
    APInt Offset(64, 0);
    auto *Call = dyn_cast<CallBase>(This);
    if (Call && Call->getIntrinsicID() == Intrinsic::ptr_annotation) {
      This = Call->getArgOperand(0);
    } else if (auto *GEP = dyn_cast<GEPOperator>(This);
               GEP && GEP->accumulateConstantOffset(DL, Offset)) {
      Start += Offset.getZExtValue();
      This = GEP->getPointerOperand();
    } else {
      break;
    }
  }
  after(Copy, [&](IRBuilder<> &B) {
    for (const PartInfo &P : Fields) {
      if (P.Offset < Start || P.Offset >= Start + Length->getZExtValue())
        continue;
      bool Phase = U.Fields[P.Field].Role == RETSAN_ROLE_PHASE;
      uint32_t Kind = Phase ? RETSAN_SITE_PHASE : RETSAN_SITE_REFRESH;
      Value *Address =
          B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), This, P.Offset);
      emitMark(B, Phase ? Mark::Phase : Mark::Refresh,
               {T.site(P.Field, posOf(Copy, {}), F, Kind), Address});
    }
  });
}

/// A bit field's storage unit is written, perhaps: all that a macro expands to
/// has one source position. The record lies where the GEPs start that lead to
/// the unit, or at the unit itself.
void FunctionMarker::markBits(StoreInst &Store, unsigned Field) {
  const FieldInfo &Info = U.Fields[Field];
  const DataLayout &DL = F.getDataLayout();
  uint64_t Width = DL.getTypeStoreSize(Store.getValueOperand()->getType());
  Value *Owner = nullptr, *At = Store.getPointerOperand();
  if (isa<CallBase>(At))
    return; // Another field, with a tag of its own: a bit field cannot have
            // one.
  uint64_t Unit = 0; // Offset of the storage unit from At.
  while (auto *GEP = dyn_cast<GEPOperator>(At)) {
    APInt Offset(64, 0);
    if (!GEP->accumulateConstantOffset(DL, Offset))
      break;
    Unit += Offset.getZExtValue();
    At = GEP->getPointerOperand();
    if (Unit <= Info.Offset && Info.Offset < Unit + Width) {
      Owner = At;
      break;
    }
  }
  bool First = Info.Offset < Width; // The unit starts the record: no GEP.
  if (!Owner && First &&
      (!isa<GEPOperator>(Store.getPointerOperand()) || changesBits(Store)))
    Owner = Store.getPointerOperand();
  if (!Owner)
    return;
  if (onStack(Owner, U))
    return;
  after(Store, [&](IRBuilder<> &B) {
    Value *Address =
        Info.Offset
            ? B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), Owner, Info.Offset)
            : Owner;
    emitMark(B, Mark::Phase,
             {T.site(Field, posOf(Store, {}), F, RETSAN_SITE_PHASE), Address});
  });
}

void FunctionMarker::analyse(ArrayRef<Root> Roots) {
  FunctionView View(F);
  MergedFields Merged(View);
  std::vector<Event> Found;
  for (const Root &R : Roots) {
    Value *Address = View.toSsa(R.Address);
    if (!Address)
      continue;
    SourcePos Fallback;
    if (R.Maybe)
      Fallback = posOf(*cast<CallBase>(R.Address), {});
    else if (auto *Call = dyn_cast<CallBase>(R.Address))
      Fallback = annotationPos(*Call);
    if (!R.Maybe)
      Merged.addRoot(Address, R.Field);
    for (Access &A :
         findAccesses(Address, U.Fields[R.Field], View.ssa(), U, Calls))
      Found.push_back({A, R.Field, R.Address, nullptr, Fallback, R.Maybe});
  }
  // A merged access is found once from each address; one event a field is
  // enough.
  std::set<std::tuple<Instruction *, unsigned, Access::KindTy, bool>> Seen;
  for (Event &E : Found) {
    Access &A = E.A;
    if (A.Via && !Seen.insert({A.At, E.Field, A.Kind, E.Maybe}).second)
      continue;
    if (A.Via && !E.Maybe)
      E.Merged = Merged.fieldOf(A.Via);
    A.At = View.toOriginal(A.At);
    if (A.Loaded)
      A.Loaded = View.toOriginal(A.Loaded);
    if (!A.At || (A.Kind == Access::UseLater && !A.Loaded))
      continue;
    if (A.Via)
      E.Address = (A.Loaded ? A.Loaded : A.At)->getOperand(A.OpNo);
    Events.push_back(std::move(E));
  }
}

/// What a library does with memory, in a function that is about \p Records.
const PlaceInfo *FunctionMarker::libraryCopy(Instruction &I,
                                             ArrayRef<PlaceInfo> Records) {
  Value *Dst, *Src, *Len;
  if (!memoryOperation(I, Dst, Src, Len) || !Src)
    return nullptr;
  auto *Length = dyn_cast<ConstantInt>(Len);
  if (!Length)
    return Records.size() == 1 ? &Records.front() : nullptr;
  for (const PlaceInfo &P : Records)
    if (P.Size == Length->getZExtValue())
      return &P;
  return nullptr;
}

void FunctionMarker::collectPlaces() {
  if (auto It = U.Instances.find(F.getName()); It != U.Instances.end())
    for (Instruction &I : instructions(F))
      if (const PlaceInfo *P = libraryCopy(I, It->second))
        Places.push_back({&I, P});
  if (U.Places.empty() || !Places.empty())
    return;
  for (BasicBlock &B : F)
    for (Instruction &I : B) {
      const DILocation *Loc = I.getDebugLoc().get();
      if (!Loc || !isa<CallBase, StoreInst>(I))
        continue;
      ArrayRef<PlaceInfo> Here =
          U.placesAt(Loc->getFilename(), Loc->getLine(), Loc->getColumn());
      if (isa<StoreInst>(I)) {
        for (const PlaceInfo &P : Here)
          if (P.Kind == PlaceKind::Bits && !P.Parts.empty())
            Places.push_back({&I, &P});
      } else if (const PlaceInfo *P = bestPlace(I, Here)) {
        Places.push_back({&I, P});
      }
    }
}

bool FunctionMarker::run(ArrayRef<Root> Roots) {
  if (!Roots.empty())
    analyse(Roots);
  collectPlaces();
  auto Members = U.Memberwise.find(F.getName());
  bool Memberwise = Members != U.Memberwise.end();
  for (const Event &E : Events)
    if (!Memberwise || E.A.Kind != Access::Overwrite)
      mark(E);
  if (Memberwise) {
    SmallVector<AnyMemTransferInst *, 4> Copies;
    for (BasicBlock &B : F)
      for (Instruction &I : B)
        if (auto *Copy = dyn_cast<AnyMemTransferInst>(&I))
          Copies.push_back(Copy);
    for (AnyMemTransferInst *Copy : Copies)
      markMemberwise(*Copy, Members->second);
  }
  for (auto [I, P] : Places) {
    if (auto *Store = dyn_cast<StoreInst>(I))
      markBits(*Store, P->Parts[0].Field);
    else
      markPlace(*I, *P);
  }
  bool Changes = !Places.empty() || Memberwise;
  for (const Event &E : Events)
    if (U.Fields[E.Field].Role != RETSAN_ROLE_FIELD)
      Changes |= E.A.Writes || E.A.Kind == Access::Store ||
                 E.A.Kind == Access::Overwrite || E.A.F == Fate::Release;
  return Changes;
}

/// All calls of llvm.ptr.annotation with a tag of ours.
static std::vector<CallBase *> ourAnnotations(Module &M) {
  std::vector<CallBase *> Out;
  for (Function &F : M)
    if (F.getIntrinsicID() == Intrinsic::ptr_annotation)
      for (User *User : F.users())
        if (auto *Call = dyn_cast<CallBase>(User))
          if (annotationString(Call->getArgOperand(1)).starts_with(TagPrefix))
            Out.push_back(Call);
  return Out;
}

static void dropAnnotations(Module &M) {
  for (CallBase *Call : ourAnnotations(M)) {
    Call->replaceAllUsesWith(Call->getArgOperand(0));
    Call->eraseFromParent();
  }
}

void ModuleMarker::rootsOfTags() {
  for (CallBase *Call : ourAnnotations(M)) {
    std::optional<Tag> T = parseTag(annotationString(Call->getArgOperand(1)));
    if (!T)
      continue;
    if (std::optional<unsigned> Index = U.fieldOf(*T))
      Roots[Call->getFunction()].push_back({Call, *Index});
  }
}

void ModuleMarker::rootsOfGlobals() {
  for (unsigned I = 0; I != U.Fields.size(); ++I) {
    GlobalVariable *GV = U.Fields[I].Global;
    if (!GV)
      continue;
    if (GV->isThreadLocal()) {
      // Each thread has its own; a descriptor can hold one address only.
      U.Fields[I].Global = nullptr;
      continue;
    }
    convertUsersOfConstantsToInstructions({GV});
    SetVector<Function *> In;
    for (User *User : GV->users())
      if (auto *Inst = dyn_cast<Instruction>(User))
        In.insert(Inst->getFunction());
    for (Function *F : In)
      Roots[F].push_back({GV, I});
  }
}

/// Functions that return the address of a field (`struct entry **find(…)`), and
/// those that return what such a one returned: their calls are roots.
void ModuleMarker::rootsOfResults() {
  DenseMap<Function *, std::set<unsigned>> Returned;
  SetVector<Function *> Work;
  auto Add = [&](Function *F) {
    if (F->getReturnType()->isPointerTy() && !F->isDeclaration())
      Work.insert(F);
  };
  for (auto &[F, _] : Roots)
    Add(F);
  while (!Work.empty()) {
    Function *F = Work.pop_back_val();
    std::set<unsigned> New;
    {
      FunctionView View(*F);
      for (const Root &R : Roots[F]) {
        if (U.Fields[R.Field].Role != RETSAN_ROLE_SUSPECT ||
            U.Fields[R.Field].Flags & RETSAN_FIELD_OWNER ||
            Returned[F].count(R.Field))
          continue;
        if (Value *Address = View.toSsa(R.Address))
          for (const Access &A :
               findAccesses(Address, U.Fields[R.Field], View.ssa(), U, Calls))
            if (A.Kind == Access::Returned)
              New.insert(R.Field);
      }
    }
    if (New.empty())
      continue;
    Returned[F].insert(New.begin(), New.end());
    for (User *User : F->users()) {
      auto *Call = dyn_cast<CallBase>(User);
      if (!Call || Call->getCalledFunction() != F)
        continue;
      for (unsigned Field : New)
        Roots[Call->getFunction()].push_back({Call, Field, true});
      Add(Call->getFunction());
    }
  }
}

/// What a function of the public interface does is one operation, static
/// helpers included: a state that it enters and leaves again was never at rest.
/// A static function that only main calls, or an unknown caller by its address,
/// is such an operation too.
void ModuleMarker::markScopes(ArrayRef<Function *> Changing) {
  SetVector<Function *> All(Changing.begin(), Changing.end());
  std::vector<Function *> Operations;
  for (unsigned I = 0; I != All.size(); ++I) {
    Function *F = All[I];
    bool IsHelper = false;
    if (F->hasLocalLinkage())
      for (User *User : F->users())
        if (auto *Call = dyn_cast<CallBase>(User);
            Call && Call->getCalledFunction() == F &&
            Call->getFunction()->getName() != "main") {
          IsHelper = true;
          All.insert(Call->getFunction());
        }
    if (!IsHelper && F->getName() != "main" && !F->isPresplitCoroutine())
      Operations.push_back(F);
  }
  for (Function *F : Operations)
    emitScope(*F);
}

void ModuleMarker::run() {
  markLocals(M, U);
  rootsOfTags();
  rootsOfGlobals();
  rootsOfResults();
  // Copies of functions must not be visited: take the list first.
  std::vector<Function *> Functions;
  for (Function &F : M)
    if (!F.isDeclaration() && !F.hasFnAttribute(Attribute::Naked))
      Functions.push_back(&F);
  std::vector<Function *> Changing;
  for (Function *F : Functions)
    if (FunctionMarker(*F, U, T, Calls).run(Roots.lookup(F)))
      Changing.push_back(F);
  markScopes(Changing);
  dropAnnotations(M);
  bool Defines = false;
  for (const FieldInfo &F : U.Fields)
    Defines |= F.Global && !F.Global->isDeclaration();
  if (T.used() || Defines || U.Mode != RETSAN_MODE_SUSPECTS)
    T.finish();
}

PreservedAnalyses MarkPass::run(Module &M, ModuleAnalysisManager &) {
  Expected<std::optional<Unit>> U = takeUnit(M);
  if (!U) {
    M.getContext().emitError("retsan: the clang plugin's data is damaged: " +
                             toString(U.takeError()));
    return PreservedAnalyses::none();
  }
  *Shared = std::move(*U);
  if (*Shared)
    ModuleMarker(M, **Shared).run();
  else
    dropAnnotations(M);
  return PreservedAnalyses::none();
}

PreservedAnalyses ExpandPass::run(Module &M, ModuleAnalysisManager &) {
  bool Changed = expandMarks(M);
  if (*Shared && ((*Shared)->Mode == RETSAN_MODE_STAMP ||
                  (*Shared)->Mode == RETSAN_MODE_ALL))
    Changed |= insertStamps(M, **Shared);
  return Changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
}
