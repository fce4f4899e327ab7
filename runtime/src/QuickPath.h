//===- QuickPath.h - events that change little ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Most events are of a slot that is known, or holds null and never held
// anything else, and is in no finding's state before or after. A load of it
// needs no lock: the thread remembers where the slot's instance is, instances
// are never unmapped, and the states' atoms are copied into a list that is
// replaced as a whole. Should the instance be given to another slot in between,
// a time of last use that is a moment off is all that comes of it. A store
// writes the instance only: what the value points into learns of it when it
// matters, see FieldTable::bindLoose. Everything else goes to FieldTable's
// events under the lock.
//
// The program's own cache misses overlap as long as few instructions lie
// between them, so what counts here is their number.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_QUICKPATH_H
#define RETSAN_RUNTIME_QUICKPATH_H

#include "Runtime.h"

namespace retsan {

inline uint32_t slotPlace(uint64_t Slot) {
  return static_cast<uint32_t>((Slot >> 3) * 0x9e3779b97f4a7c15u >> 52);
}
static_assert(ThreadBlock::SlotPlaces == 1u << (64 - 52));
inline uint32_t sitePlace(const retsan_site_v1 *Site) {
  return reinterpret_cast<uint64_t>(Site) / sizeof(retsan_site_v1) %
         ThreadBlock::SitePlaces;
}

inline bool atomHolds(const QuickAtom &A, uint64_t Field) {
  uint64_t At = (A.Absolute ? 0 : Field) + static_cast<uint64_t>(A.Offset);
  int64_t V;
  switch (A.Form) {
  case QuickAtom::U8:
    V = *reinterpret_cast<const uint8_t *>(At);
    break;
  case QuickAtom::S8:
    V = *reinterpret_cast<const int8_t *>(At);
    break;
  case QuickAtom::U32:
    V = *reinterpret_cast<const uint32_t *>(At);
    break;
  case QuickAtom::S32:
    V = *reinterpret_cast<const int32_t *>(At);
    break;
  default:
    V = *reinterpret_cast<const int64_t *>(At);
  }
  return compareAtom(A.Op, V, A.Value);
}

/// All atoms of all states, one after the other.
__attribute__((noinline)) inline bool someHold(const QuickStates *S,
                                               uint64_t Field) {
  const QuickAtom *A = S->Atoms;
  for (uint32_t N = 0; N != S->NumStates; ++N) {
    bool All = true;
    const QuickAtom *End = S->Ends[N];
    for (; A != End; ++A)
      All = All && atomHolds(*A, Field);
    if (All)
      return true;
  }
  return false;
}

/// True if a finding's state holds, or may.
__attribute__((always_inline)) inline bool mayHold(const QuickStates *S,
                                                   uint64_t Field) {
  if (RETSAN_UNLIKELY(!S))
    return true;
  // The usual case, one variable that equals a value or does not: read with
  // the word around it, which no page boundary divides.
  uint64_t At = (Field & S->FieldMask) + static_cast<uint64_t>(S->Offset);
  auto Byte = static_cast<int64_t>(At & 7);
  if (RETSAN_UNLIKELY(Byte > S->LastByte))
    return someHold(S, Field);
  uint64_t Word = *reinterpret_cast<const uint64_t *>(At - Byte) >> Byte * 8;
  return ((Word & S->Mask) == S->Value) == S->WantsEqual;
}

/// The slot's instance if this thread met it before.
inline Instance *metBefore(const ThreadBlock *B, uint64_t Slot) {
  Instance *I = B->Slots[slotPlace(Slot)];
  return RETSAN_LIKELY(I && loadRelaxed(I->Slot) == Slot) ? I : nullptr;
}

/// True if \p Slot, which \p Site accesses, never held anything: then \p S is
/// its subject.
inline bool neverHeld(const ThreadBlock *B, const retsan_site_v1 *Site,
                      uint64_t Slot, const Subject *&S) {
  const ThreadBlock::KnownSite &K = B->Sites[sitePlace(Site)];
  if (K.Site != Site)
    return false;
  S = K.Of;
  if (!loadRelaxed(S->FirstInstance))
    return true;
  uint32_t Owner = R.Heap.find(Slot);
  return Owner && !R.Heap.isListed(Owner);
}

__attribute__((always_inline)) inline void
countLoad(ThreadBlock *B, uint32_t Subject, uint32_t Kind) {
  LoadCounts &C = B->Counts[Subject];
  uint64_t &N = Kind == RETSAN_SITE_TEST      ? C.Tests
                : Kind == RETSAN_SITE_RELEASE ? C.Releases
                                              : C.Uses;
  storeRelaxed(N, N + 1);
}

/// True if the event is dealt with. \p T is outside the runtime.
__attribute__((always_inline)) inline bool
quickLoad(ThreadState &T, const retsan_site_v1 *Site, uint64_t Field,
          uint64_t Slot, uint64_t Value) {
  ThreadBlock *B = T.Block;
  if (RETSAN_UNLIKELY(!B))
    return false;
  uint32_t Kind = Site->kind;
  Instance *I = metBefore(B, Slot);
  if (RETSAN_UNLIKELY(!I)) {
    const Subject *S;
    if (Value || !neverHeld(B, Site, Slot, S) ||
        S->Index >= ThreadBlock::MaxSubjects)
      return false;
    countLoad(B, S->Index, Kind);
    T.LastSite = Site;
    return true;
  }
  const Subject *S = loadRelaxed(I->Of);
  if (RETSAN_UNLIKELY(loadRelaxed(I->Value) != Value ||
                      !loadRelaxed(I->Quick) ||
                      S->Id != Site->field->subject_id ||
                      S->Index >= ThreadBlock::MaxSubjects ||
                      (Value && mayHold(loadAcquire(S->Quick), Field))))
    return false;
  countLoad(B, S->Index, Kind);
  T.LastSite = Site;
  if (!Value)
    return true;
  if (Kind != RETSAN_SITE_TEST && Kind != RETSAN_SITE_RELEASE) {
    Moment M = now();
    if (RETSAN_UNLIKELY(!I->HasUse)) {
      I->FirstUseTicks = M.Ticks;
      I->FirstUseBytes = M.Bytes;
      I->HasUse = true;
    }
    storeRelaxed(I->LastUseTicks, M.Ticks);
    storeRelaxed(I->LastUseBytes, M.Bytes);
    storeRelaxed(I->LastUseSite, Site);
  }
  storeRelaxed(I->LastTouchSite, Site);
  storeRelaxed(I->TouchTid, T.Tid);
  storeRelaxed(I->TouchDepth, static_cast<uint16_t>(scope().depth));
  return true;
}

/// The same of a store; the caller is in a RuntimeScope.
__attribute__((always_inline)) inline bool
FieldTable::quickStore(ThreadState &T, const retsan_site_v1 *Site,
                       uint64_t Field, uint64_t Slot, uint64_t Value) {
  ThreadBlock *B = T.Block;
  if (RETSAN_UNLIKELY(!B))
    return false;
  Instance *I = metBefore(B, Slot);
  if (RETSAN_UNLIKELY(!I)) {
    const Subject *S;
    if (Value || !neverHeld(B, Site, Slot, S) ||
        S->Index >= ThreadBlock::MaxSubjects)
      return false;
    LoadCounts &C = B->Counts[S->Index];
    storeRelaxed(C.Clears, C.Clears + 1);
    T.LastSite = Site;
    return true;
  }
  const Subject *S = loadRelaxed(I->Of);
  if (RETSAN_UNLIKELY(S->Id != Site->field->subject_id ||
                      S->Index >= ThreadBlock::MaxSubjects ||
                      Value >> 48 == PoisonTag || !R.Heap.Own.on() ||
                      (Value && mayHold(loadAcquire(S->Quick), Field))))
    return false;
  Moment M = now();
  Mutex.lock();
  bool Still = I->Slot == Slot && I->Of == S && I->Quick;
  if (RETSAN_LIKELY(Still))
    replaceValue(*I, Value, Site, M);
  Mutex.unlock();
  if (RETSAN_UNLIKELY(!Still))
    return false;
  LoadCounts &C = B->Counts[S->Index];
  uint64_t &N = Value ? C.Stores : C.Clears;
  storeRelaxed(N, N + 1);
  T.LastSite = Site;
  return true;
}

/// A pointer was stored to a field, of mode `all`, that was the last to hold it
/// before: a list that is written back as it was, a tree on the way up.
inline bool quickHold(ThreadState &T, const retsan_site_v1 *Site,
                      uint64_t Value) {
  ThreadBlock *B = T.Block;
  if (RETSAN_UNLIKELY(!B || !R.Heap.Own.on()))
    return false;
  const ThreadBlock::KnownSite &K = B->Sites[sitePlace(Site)];
  if (K.Site != Site || K.Of->Index >= ThreadBlock::MaxSubjects)
    return false;
  uint32_t Id = R.Heap.Own.idAt(Value);
  if (!Id || !R.Uses.isHeldBy(Id, K.Of->Index))
    return false;
  LoadCounts &C = B->Counts[K.Of->Index];
  storeRelaxed(C.Stores, C.Stores + 1);
  return true;
}

/// A phase variable was written, and no suspect that it speaks of holds
/// anything, or is in a state before or after.
inline bool quickPhase(ThreadState &T, const retsan_site_v1 *Site,
                       uint64_t Address) {
  ThreadBlock *B = T.Block;
  if (RETSAN_UNLIKELY(!B))
    return false;
  const ThreadBlock::KnownSite &K = B->Sites[sitePlace(Site)];
  const QuickPhase *Q = K.Site == Site ? loadAcquire(K.Of->Phase) : nullptr;
  if (RETSAN_UNLIKELY(!Q))
    return false;
  for (uint32_t N = 0; N != Q->Count; ++N) {
    const QuickPhase::Suspect &P = Q->Suspects[N];
    uint64_t Field = (Address & P.AddressMask) + static_cast<uint64_t>(P.Field);
    uint64_t Slot = Field + P.Slot;
    uint64_t Value = *reinterpret_cast<const uint64_t *>(Slot);
    Instance *I = metBefore(B, Slot);
    if (I) {
      if (I->Of != P.Of || !loadRelaxed(I->Quick) ||
          loadRelaxed(I->Value) != Value ||
          (Value && mayHold(loadAcquire(P.Of->Quick), Field)))
        return false;
      continue;
    }
    if (Value)
      return false;
    if (!loadRelaxed(P.Of->FirstInstance))
      continue;
    uint32_t Owner = R.Heap.find(Slot);
    if (!Owner || R.Heap.isListed(Owner))
      return false;
  }
  T.LastSite = Site;
  return true;
}

} // namespace retsan

#endif
