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
inline bool someHold(const QuickStates *S, uint64_t Field) {
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

/// True if a finding's state holds, or may. What is more than one variable that
/// equals a value, or does not, counts as that.
__attribute__((always_inline)) inline bool
mayHoldAtOnce(const QuickStates *S, uint64_t Field, bool &Simple) {
  Simple = false;
  // Read with the word around it, which no page boundary divides.
  uint64_t At = (Field & S->FieldMask) + static_cast<uint64_t>(S->Offset);
  auto Byte = static_cast<int64_t>(At & 7);
  if (RETSAN_UNLIKELY(Byte > S->LastByte))
    return true;
  Simple = true;
  uint64_t Word = *reinterpret_cast<const uint64_t *>(At - Byte) >> Byte * 8;
  return ((Word & S->Mask) == S->Value) == S->WantsEqual;
}

__attribute__((always_inline)) inline bool mayHold(const QuickStates *S,
                                                   uint64_t Field) {
  if (RETSAN_UNLIKELY(!S))
    return true;
  bool Simple;
  bool May = mayHoldAtOnce(S, Field, Simple);
  return Simple ? May : someHold(S, Field);
}

/// True if no instance can be at \p Slot: what holds it has none. False says
/// nothing.
__attribute__((always_inline)) inline bool isEmptyPlace(const ThreadBlock *B,
                                                        uint64_t Slot) {
  if (uint32_t Owner = R.Heap.Own.idAt(Slot); RETSAN_LIKELY(Owner != 0))
    return !R.Heap.Own.isListed(Owner);
  // The deepest of the thread's announced variables, with nothing in it?
  if (!R.Heap.Own.on() || !B->NumLocals)
    return false;
  const ThreadBlock::Local &L = B->Locals[B->NumLocals - 1];
  return Slot - L.Begin < L.End - L.Begin && !L.HasInstances;
}

/// Without the lock a list may change under us. An instance that left it may
/// lead into another, but its slot tells.
inline Instance *FieldTable::ownedAt(uint64_t Slot, bool &Sure) const {
  Sure = false;
  uint32_t Owner = R.Heap.Own.idAt(Slot);
  if (!Owner) {
    const ThreadBlock *B = thread().Block;
    Sure = B && isEmptyPlace(B, Slot);
    return nullptr;
  }
  uint32_t N = 0;
  if (R.Heap.Own.isListed(Owner))
    N = loadRelaxed(R.Heap.Own.lists(Owner).Owned);
  for (uint32_t Step = 0; N && Step != MaxWalk; ++Step) {
    Instance *I = &Pool[N];
    if (loadRelaxed(I->Slot) == Slot)
      return I;
    N = loadRelaxed(I->NextOwned);
  }
  Sure = !N;
  return nullptr;
}

inline uint64_t slotMark(uint64_t Slot) { return Slot >> 3 << 32; }

/// The slot's instance if this thread met it before.
__attribute__((always_inline)) inline Instance *metAt(const ThreadBlock *B,
                                                      uint64_t Slot) {
  uint64_t Entry = B->Slots[slotPlace(Slot)] ^ slotMark(Slot);
  if (RETSAN_UNLIKELY(Entry >> 32))
    return nullptr;
  Instance &I = R.Fields.instance(static_cast<uint32_t>(Entry));
  return RETSAN_LIKELY(loadRelaxed(I.Slot) == Slot) ? &I : nullptr;
}

inline void remember(ThreadBlock *B, uint64_t Slot, const Instance &I) {
  B->Slots[slotPlace(Slot)] = slotMark(Slot) | R.Fields.indexOf(I);
}

/// The same, or if the slot's owner knows it. \p Sure: if null is returned,
/// there is none.
__attribute__((always_inline)) inline Instance *
metBefore(ThreadBlock *B, uint64_t Slot, bool &Sure) {
  if (Instance *I = metAt(B, Slot); RETSAN_LIKELY(I != nullptr))
    return I;
  Instance *I = R.Fields.ownedAt(Slot, Sure);
  if (I)
    remember(B, Slot, *I);
  return I;
}

/// What the thread knows of \p Site; null: nothing.
__attribute__((always_inline)) inline ThreadBlock::KnownSite *
knownSite(ThreadBlock *B, const retsan_site_v1 *Site) {
  ThreadBlock::KnownSite *K = &B->Sites[sitePlace(Site)];
  return RETSAN_LIKELY(K->Site == Site) ? K : nullptr;
}

__attribute__((always_inline)) inline void
countEvent(const ThreadBlock::KnownSite &K, uint32_t Kind) {
  storeRelaxed(K.Counts[Kind], K.Counts[Kind] + 1);
}

/// Events come in bursts. As long as the last two of a slot fell into one tick
/// of the kernel's clock it is asked for one in eight only: what it says is
/// then at most seven of them old. The clock of bytes is free, and always
/// right.
inline constexpr uint8_t EventsPerTick = 7;
inline constexpr uint64_t SameMomentBytes = 4096;

/// The wall clock of an event of \p I; \p Credit becomes what is left.
inline uint64_t tickOf(const Instance &I, uint64_t Bytes, uint8_t &Credit) {
  Credit = I.Uses & ~Instance::UsedBit;
  if (Credit && Bytes - I.LastUseBytes < SameMomentBytes) {
    --Credit;
    return I.LastUseTicks;
  }
  uint64_t Ticks = ticks();
  Credit = Ticks == I.LastUseTicks ? EventsPerTick : 0;
  return Ticks;
}

__attribute__((noinline)) inline void timeUse(Instance &I, uint64_t Bytes) {
  uint8_t Credit;
  uint64_t Ticks = tickOf(I, Bytes, Credit);
  if (RETSAN_UNLIKELY(!I.hasUse())) {
    I.FirstUseTicks = Ticks;
    I.FirstUseBytes = Bytes;
  }
  I.Uses = Instance::UsedBit | Credit;
  storeRelaxed(I.LastUseTicks, Ticks);
  storeRelaxed(I.LastUseBytes, Bytes);
}

/// What became of an event.
enum class Quick : uint8_t {
  No,     ///< Nothing was done.
  Done,   ///< It is dealt with.
  TimeUse ///< All but timeUse() is, which is left to the caller's last place.
};

/// A load of what is known to be at \p I, by a place of which something is
/// known. \p AtOnce: leave to others what takes a call.
template <bool AtOnce>
__attribute__((always_inline)) inline Quick
knownLoad(ThreadState &T, const ThreadBlock::KnownSite &K,
          const retsan_site_v1 *Site, Instance &I, uint64_t Field,
          uint64_t Slot, uint64_t Value, uint64_t &Bytes) {
  if (RETSAN_UNLIKELY(loadRelaxed(I.Key) != (Slot ^ K.Mark) ||
                      loadRelaxed(I.Value) != Value))
    return Quick::No;
  if (Value) {
    bool Simple;
    if (RETSAN_UNLIKELY(AtOnce ? mayHoldAtOnce(K.States, Field, Simple)
                               : mayHold(K.States, Field)))
      return Quick::No;
  }
  storeRelaxed(*K.Count, *K.Count + 1);
  T.LastSite = Site;
  if (!Value)
    return Quick::Done;
  storeRelaxed(I.LastTouchSite, Site);
  storeRelaxed(I.TouchTid, T.Tid);
  storeRelaxed(I.TouchDepth, static_cast<uint16_t>(scope().depth));
  if (K.Kind != RETSAN_SITE_USE)
    return Quick::Done;
  storeRelaxed(I.LastUseSite, Site);
  Bytes = loadRelaxed(R.BytesAllocated) + T.BytesPending;
  if (RETSAN_UNLIKELY(I.Uses <= Instance::UsedBit ||
                      Bytes - I.LastUseBytes >= SameMomentBytes))
    return Quick::TimeUse;
  --I.Uses;
  storeRelaxed(I.LastUseBytes, Bytes);
  return Quick::Done;
}

inline bool timedLoad(Quick Q, Instance &I, uint64_t Bytes) {
  if (Q == Quick::TimeUse)
    timeUse(I, Bytes);
  return Q != Quick::No;
}

/// A place that met another slot. True if the event is dealt with.
__attribute__((always_inline)) inline bool
loadOfOther(ThreadState &T, ThreadBlock::KnownSite &K, uint64_t Field,
            uint64_t Slot, uint64_t Value) {
  ThreadBlock *B = T.Block;
  if (RETSAN_UNLIKELY(!K.Kind))
    return false;
  if (Instance *I = metAt(B, Slot)) {
    uint64_t Bytes;
    Quick Q = knownLoad<true>(T, K, K.Site, *I, Field, Slot, Value, Bytes);
    if (Q != Quick::No)
      K.At = I;
    return timedLoad(Q, *I, Bytes);
  }
  // Null where nothing ever was is what a test of a field mostly finds.
  if (Value || !isEmptyPlace(B, Slot))
    return false;
  countEvent(K, K.Kind);
  T.LastSite = K.Site;
  return true;
}

/// A load that was not as simple, but may need no lock all the same.
__attribute__((always_inline)) inline bool
unlockedLoad(ThreadState &T, const retsan_site_v1 *Site, uint64_t Field,
             uint64_t Slot, uint64_t Value) {
  ThreadBlock *B = T.Block;
  if (T.Depth || !running() || !B)
    return false;
  ThreadBlock::KnownSite *K = knownSite(B, Site);
  if (!K || !K->Kind)
    return false;
  bool Sure = false;
  if (Instance *I = metBefore(B, Slot, Sure)) {
    K->At = I;
    uint64_t Bytes;
    Quick Q = knownLoad<false>(T, *K, Site, *I, Field, Slot, Value, Bytes);
    return timedLoad(Q, *I, Bytes);
  }
  if (Value || (!Sure && loadRelaxed(K->Of->FirstInstance)))
    return false;
  countEvent(*K, K->Kind);
  T.LastSite = Site;
  return true;
}

/// A clear of what never held anything.
__attribute__((always_inline)) inline bool
quickClear(ThreadState &T, const retsan_site_v1 *Site, uint64_t Slot) {
  ThreadBlock *B = T.Block;
  if (RETSAN_UNLIKELY(!B) || metAt(B, Slot) || !isEmptyPlace(B, Slot))
    return false;
  const ThreadBlock::KnownSite *K = knownSite(B, Site);
  if (RETSAN_UNLIKELY(!K))
    return false;
  countEvent(*K, LoadCounts::Clears);
  T.LastSite = Site;
  return true;
}

/// The same of a store; the caller is in a RuntimeScope.
__attribute__((always_inline)) inline bool
FieldTable::quickStore(ThreadState &T, const retsan_site_v1 *Site,
                       uint64_t Field, uint64_t Slot, uint64_t Value) {
  ThreadBlock *B = T.Block;
  if (RETSAN_UNLIKELY(!B))
    return false;
  ThreadBlock::KnownSite *K = knownSite(B, Site);
  if (RETSAN_UNLIKELY(!K))
    return false;
  uint64_t Key = Slot ^ K->Mark;
  Instance *I = K->At;
  if (loadRelaxed(I->Key) != Key) {
    bool Sure;
    I = metBefore(B, Slot, Sure);
    if (RETSAN_UNLIKELY(!I)) {
      if (Value || (!Sure && loadRelaxed(K->Of->FirstInstance)))
        return false;
      countEvent(*K, LoadCounts::Clears);
      T.LastSite = Site;
      return true;
    }
    if (RETSAN_UNLIKELY(loadRelaxed(I->Key) != Key))
      return false;
    K->At = I;
  }
  if (RETSAN_UNLIKELY(Value >> 48 == PoisonTag || !R.Heap.Own.on() ||
                      (Value && mayHold(K->States, Field))))
    return false;
  Mutex.lock();
  bool Still = I->Key == Key;
  if (RETSAN_LIKELY(Still)) {
    uint8_t Credit;
    uint64_t Bytes = loadRelaxed(R.BytesAllocated) + T.BytesPending;
    uint64_t Ticks = tickOf(*I, Bytes, Credit);
    replaceValue(*I, Value, Site, {Ticks, Bytes});
    I->Uses = Credit;
    storeRelaxed(I->LastUseTicks, Ticks);
    storeRelaxed(I->LastUseBytes, Bytes);
  }
  Mutex.unlock();
  if (RETSAN_UNLIKELY(!Still))
    return false;
  countEvent(*K, Value ? uint32_t(RETSAN_SITE_STORE) : LoadCounts::Clears);
  T.LastSite = Site;
  return true;
}

/// A phase variable was written, and no suspect that it speaks of holds
/// anything, or is in a state before or after.
inline bool quickPhase(ThreadState &T, const retsan_site_v1 *Site,
                       uint64_t Address) {
  ThreadBlock *B = T.Block;
  if (RETSAN_UNLIKELY(!B))
    return false;
  const ThreadBlock::KnownSite *K = knownSite(B, Site);
  const QuickPhase *Q = K ? loadAcquire(K->Of->Phase) : nullptr;
  if (RETSAN_UNLIKELY(!Q))
    return false;
  for (uint32_t N = 0; N != Q->Count; ++N) {
    const QuickPhase::Suspect &P = Q->Suspects[N];
    uint64_t Field = (Address & P.AddressMask) + static_cast<uint64_t>(P.Field);
    uint64_t Slot = Field + P.Slot;
    Instance *I = metAt(B, Slot);
    if (!I && !P.Of->Global && isEmptyPlace(B, Slot))
      continue;
    bool Sure = false;
    if (!I && (I = R.Fields.ownedAt(Slot, Sure)))
      remember(B, Slot, *I);
    if (!I && !P.Of->Global &&
        (RETSAN_LIKELY(Sure) || !loadRelaxed(P.Of->FirstInstance)))
      continue; // what is there is no value yet
    uint64_t Value = *reinterpret_cast<const uint64_t *>(Slot);
    if (!I) {
      if (!P.Of->Global || Value || loadRelaxed(P.Of->FirstInstance))
        return false;
      continue;
    }
    if (loadRelaxed(I->Key) != (Slot ^ Instance::markOf(P.Of->Index)) ||
        loadRelaxed(I->Value) != Value ||
        (Value && mayHold(loadAcquire(P.Of->Quick), Field)))
      return false;
  }
  T.LastSite = Site;
  return true;
}

} // namespace retsan

#endif
