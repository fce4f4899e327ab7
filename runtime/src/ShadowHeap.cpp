//===- ShadowHeap.cpp - from an address to its allocation -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See ShadowHeap.h. Ids of free records are cached by thread in batches, so
// that malloc and free of many threads do not meet at a lock.
//
//===----------------------------------------------------------------------===//

#include "ShadowHeap.h"
#include "Runtime.h"

namespace retsan {

bool ShadowHeap::start(BackEnd B) {
  if (B == BackEnd::Own)
    return Own.start();
  auto *NewRoot = static_cast<Region **>(
      mapTable((size_t(1) << (47 - RegionBits)) * sizeof(Region *)));
  if (!NewRoot)
    return false;
  for (uint32_t Max = 1u << 27; Max >= 1u << 20; Max >>= 1) {
    // One mapping for all three, so that there is one thing that can fail.
    size_t Each = sizeof(AllocRecord) + sizeof(uint32_t) + 1;
    char *P = static_cast<char *>(mapTable(size_t(Max) * Each));
    if (!P)
      continue;
    Records = reinterpret_cast<AllocRecord *>(P);
    FreeIds =
        reinterpret_cast<uint32_t *>(P + size_t(Max) * sizeof(AllocRecord));
    Tags = reinterpret_cast<uint8_t *>(FreeIds + Max);
    MaxRecords = Max;
    NextId = 1;
    storeRelease(Root, NewRoot);
    return true;
  }
  unmapMemory(NewRoot, (size_t(1) << (47 - RegionBits)) * sizeof(Region *));
  return false;
}

ShadowHeap::Region *ShadowHeap::regionOf(uint64_t Address) {
  Region *&Place = Root[(Address & AddressMask) >> RegionBits];
  Region *Rg = loadAcquire(Place);
  if (RETSAN_LIKELY(Rg != nullptr))
    return Rg;
  auto *New = static_cast<Region *>(mapTable(sizeof(Region)));
  if (!New)
    return nullptr;
  if (__atomic_compare_exchange_n(&Place, &Rg, New, false, __ATOMIC_ACQ_REL,
                                  __ATOMIC_ACQUIRE))
    return New;
  unmapMemory(New, sizeof(Region));
  return Rg;
}

void ShadowHeap::enterGranules(uint64_t First, uint64_t Last, uint32_t Id) {
  for (uint64_t A = First & ~uint64_t(15); A <= Last;) {
    Region *Rg = regionOf(A);
    uint64_t RegionEnd = ((A >> RegionBits) + 1) << RegionBits;
    uint64_t End = Last < RegionEnd ? Last + 1 : RegionEnd;
    if (Rg) {
      uint32_t *G = &Rg->Granule[(A >> 4) & 0x3ffff];
      uint32_t *E = G + ((End - A + 15) >> 4);
      for (; G != E; ++G)
        *G = Id; // plain: a loop of atomic stores would not be vectorised
    }
    A = RegionEnd;
  }
}

/// \p Count entries; a plain loop of scalars is what most of the time would go
/// into.
static inline void fill(uint32_t *G, uint64_t Count, uint32_t Id) {
  const uint32_t All[4] = {Id, Id, Id, Id};
  for (; Count >= 4; Count -= 4, G += 4)
    __builtin_memcpy(G, All, sizeof All);
  for (; Count; --Count)
    *G++ = Id;
}

__attribute__((always_inline)) inline void
ShadowHeap::enter(uint64_t Start, uint64_t Size, uint32_t Id) {
  if (RETSAN_UNLIKELY(Size >= LargeSize)) {
    enterLarge(Start, Size, Id);
    return;
  }
  uint64_t First = (Start >> 4) & 0x3ffff;
  uint64_t Count = ((Start + Size) >> 4) - (Start >> 4) + 1;
  Region *Rg = loadAcquire(Root[(Start & AddressMask) >> RegionBits]);
  if (RETSAN_LIKELY(Rg && First + Count <= 1u << 18))
    fill(&Rg->Granule[First], Count, Id);
  else
    enterGranules(Start, Start + Size, Id);
}

void ShadowHeap::enterLarge(uint64_t Start, uint64_t Size, uint32_t Id) {
  uint64_t End = Start + Size; // inclusive: one past the end belongs to it
  uint64_t FirstPage = (Start + 4095) >> 12, EndPage = End >> 12;
  if (FirstPage << 12 != Start)
    enterGranules(Start, (FirstPage << 12) - 1, Id);
  for (uint64_t P = FirstPage; P != EndPage; ++P)
    if (Region *Rg = regionOf(P << 12))
      storeRelaxed(Rg->Page[P & 1023], Id);
  enterGranules(EndPage << 12, End, Id);
}

void ShadowHeap::widen(uint64_t Start, uint64_t End) {
  uint64_t Old = loadRelaxed(Low);
  while (Start < Old &&
         !__atomic_compare_exchange_n(&Low, &Old, Start, true, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED))
    ;
  Old = loadRelaxed(High);
  while (End > Old &&
         !__atomic_compare_exchange_n(&High, &Old, End, true, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED))
    ;
}

uint32_t ShadowHeap::takeId() {
  ThreadState &T = thread();
  if (RETSAN_LIKELY(T.CachedIds))
    return T.IdCache[--T.CachedIds];
  watchThreadEnd();
  FreeLock.lock();
  while (T.CachedIds != ThreadState::IdBatch && FreeCount)
    T.IdCache[T.CachedIds++] = FreeIds[--FreeCount];
  // New ids go on top in falling order, so that the lowest is used first.
  if (!T.CachedIds) {
    uint32_t N = ThreadState::IdBatch;
    if (N > MaxRecords - NextId)
      N = MaxRecords - NextId;
    for (uint32_t I = N; I-- != 0;)
      T.IdCache[T.CachedIds++] = NextId + I;
    storeRelaxed(NextId, NextId + N);
  }
  FreeLock.unlock();
  return T.CachedIds ? T.IdCache[--T.CachedIds] : 0;
}

uint32_t ShadowHeap::keepFreed(uint32_t Id) {
  if (!Own.on()) {
    storeRelaxed(Tags[Id], static_cast<uint8_t>(AllocState::Freed) | Listed);
    return Id;
  }
  uint32_t Grave = Own.bury();
  AllocLists &From = Own.lists(Id);
  if (Grave)
    Own.lists(Grave) = {0, From.Incoming};
  From = {0, 0};
  return Grave;
}

void ShadowHeap::recycle(uint32_t Id) {
  if (Own.on())
    return Own.unbury(Id);
  storeRelaxed(Tags[Id], static_cast<uint8_t>(AllocState::Unused));
  ThreadState &T = thread();
  if (RETSAN_UNLIKELY(T.CachedIds == ThreadState::IdCacheSize)) {
    FreeLock.lock();
    for (uint32_t I = 0; I != ThreadState::IdBatch; ++I)
      FreeIds[FreeCount++] = T.IdCache[--T.CachedIds];
    FreeLock.unlock();
  }
  T.IdCache[T.CachedIds++] = Id;
}

void ShadowHeap::flushCache() {
  ThreadState &T = thread();
  FreeLock.lock();
  while (T.CachedIds)
    FreeIds[FreeCount++] = T.IdCache[--T.CachedIds];
  FreeLock.unlock();
}

uint32_t ShadowHeap::add(uint64_t Start, uint64_t Size) {
  uint32_t Id = takeId();
  if (!Id)
    return 0;
  AllocRecord &A = Records[Id];
  A.Start = Start;
  A.Size = Size;
  storeRelaxed(Tags[Id], static_cast<uint8_t>(AllocState::Live));
  if (RETSAN_UNLIKELY(Start < loadRelaxed(Low) ||
                      Start + Size > loadRelaxed(High)))
    widen(Start, Start + Size);
  enter(Start, Size, Id);
  return Id;
}

uint32_t ShadowHeap::removeAt(uint64_t Start) {
  const Region *Rg = loadRelaxed(Root[(Start & AddressMask) >> RegionBits]);
  if (!Rg)
    return 0;
  // The usual case needs no record: the id's run of granules begins here and
  // ends in this region, and no page entry has a part in it.
  uint64_t First = (Start >> 4) & 0x3ffff, G = First;
  uint32_t Id = Rg->Granule[First];
  if (RETSAN_LIKELY(Id && First && !(Start & 15) &&
                    Rg->Granule[First - 1] != Id && !Rg->Page[First >> 8])) {
    uint32_t *Place = const_cast<uint32_t *>(Rg->Granule);
    while (G != 1u << 18 && G - First < LargeSize / 16 - 256 && Place[G] == Id)
      ++G;
    bool Whole = G != 1u << 18 && Place[G] != Id && !Rg->Page[G >> 8];
    if (RETSAN_LIKELY(Whole)) {
      fill(Place + First, G - First, 0);
      return Id;
    }
  }
  Id = findStart(Start);
  if (Id)
    enter(Start, Records[Id].Size, 0);
  return Id;
}

void ShadowHeap::restore(uint32_t Id) {
  enter(Records[Id].Start, Records[Id].Size, Id);
}

void ShadowHeap::resize(uint32_t Id, uint64_t Size) {
  Records[Id].Size = Size;
  restore(Id);
  widen(Records[Id].Start, Records[Id].Start + Size);
}

} // namespace retsan
