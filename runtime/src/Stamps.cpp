//===- Stamps.cpp - when each allocation was last used --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Stamps.h. A stamp that another thread writes while it is folded may be
// lost: the next use brings it back.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <string.h>
#include <sys/mman.h>

namespace retsan {

/// What stamps and holders hit before the runtime starts.
static uint8_t Nobody;
static uint16_t NobodyHolds;

} // namespace retsan

using namespace retsan;

extern "C" {
__attribute__((visibility("default"))) retsan_stamps_v2 __retsan_stamps_v2 = {
    &Nobody, 0, 1, &NobodyHolds};
}

namespace retsan {

static constexpr uint64_t ShadowSize = uint64_t(1) << 43;
/// How far into an allocation holders are looked for.
static constexpr uint64_t MaxSearched = 1 << 20;
static constexpr uint32_t MaxByte = 255, MaxEpoch = 0xffff;

double AgeSums::bound(uint32_t Class) {
  static const double Bounds[Max] = {0, 1, 4, 16, 64, 256, 1024, -1};
  return Bounds[Class];
}

uint64_t Stamps::clockBytes() { return loadRelaxed(R.BytesAllocated); }

static constexpr uint64_t HugePage = uint64_t(1) << 21;
static constexpr long MadvCollapse = 25; ///< Since Linux 6.1.

/// Aligned for huge pages.
static void *mapAligned(uint64_t Size) {
  auto P = reinterpret_cast<uint64_t>(mapTable(Size + HugePage));
  return P ? reinterpret_cast<void *>((P + HugePage - 1) & ~(HugePage - 1))
           : nullptr;
}

bool Stamps::start() {
  if (Shadow || Failed)
    return Shadow;
  void *Bytes = mapAligned(ShadowSize);
  Holders = static_cast<uint16_t *>(mapAligned(ShadowSize * sizeof(uint16_t)));
  Lives = static_cast<uint32_t *>(
      mapAligned((size_t(R.Heap.maxIds()) + 1) * sizeof(uint32_t)));
  if (!Bytes || !Holders || !Lives || !Begins.push(now()) ||
      !Begins.push(now())) {
    Failed = true;
    return false;
  }
  NextEpochAt = clockBytes() + 65536;
  __retsan_stamps_v2.base = static_cast<uint8_t *>(Bytes);
  __retsan_stamps_v2.holders = Holders;
  __retsan_stamps_v2.epoch = Epoch - EpochBase;
  // Last: with a mask of 0 only the first byte is written.
  storeRelease(__retsan_stamps_v2.mask, ShadowHeap::AddressMask);
  storeRelease(Shadow, static_cast<uint8_t *>(Bytes));
  R.turnOff(Runtime::WipeStamps);
  heapGrew();
  return true;
}

/// The tables of a large heap are themselves large, and each event goes to a
/// place of its own in them.
void Stamps::heapGrew() {
  constexpr uint64_t Least = 16u << 20;
  uint64_t Low = R.Heap.Own.lowest(), Size = R.Heap.Own.bytesUsable();
  if (!on() || !R.Opts.huge_pages || Size < Least)
    return;
  auto Advise = [&](void *At, uint64_t Bytes) {
    auto P = reinterpret_cast<long>(At);
    sysCall(SYS_madvise, P,
            static_cast<long>((Bytes + HugePage - 1) & ~(HugePage - 1)),
            MADV_HUGEPAGE);
    // The first part was small pages while it was small.
    if (!Collapsed)
      sysCall(SYS_madvise, P, HugePage, MadvCollapse);
  };
  Advise(Shadow + granuleOf(Low), Size >> 4);
  if (R.QuickOff & Runtime::TellLives) {
    Advise(Holders + granuleOf(Low), Size >> 3);
    Advise(Lives, uint64_t(R.Heap.limit()) * sizeof *Lives);
  }
  Collapsed = true;
}

//===----------------------------------------------------------------------===//
// Epochs
//===----------------------------------------------------------------------===//

void Stamps::nextEpoch() {
  RuntimeScope Scope;
  Mutex.lock();
  uint64_t Bytes = clockBytes();
  if (Bytes >= NextEpochAt && Epoch != MaxEpoch && Begins.push(now())) {
    // Long enough that epochs stay few (the first term) and that folding, which
    // looks at each allocation, stays cheap (the second).
    uint64_t Length = Bytes / 4096, Fold = uint64_t(R.Heap.limit()) * 2;
    Length = Length > Fold ? Length : Fold;
    storeRelaxed(NextEpochAt, Bytes + (Length > 65536 ? Length : 65536));
    if (Epoch - EpochBase == MaxByte)
      fold();
    ++Epoch;
    storeRelaxed(__retsan_stamps_v2.epoch, uint64_t(Epoch - EpochBase));
  }
  Mutex.unlock();
}

/// Moves all stamps into the lives, so that bytes can count from 1 again.
void Stamps::fold() {
  R.turnOff(Runtime::WipeLast);
  for (uint32_t Id = 1, E = R.Heap.limit(); Id < E; ++Id)
    if (R.Heap.state(Id) == AllocState::Live) {
      uint64_t Start = R.Heap.startOf(Id);
      if (uint32_t Last = take(Start, R.Heap.sizeOf(Id)))
        setLast(Id, Last);
    }
  EpochBase = Epoch;
}

uint32_t Stamps::take(uint64_t Start, uint64_t Size) {
  uint8_t *P = Shadow + granuleOf(Start), Youngest = 0;
  uint8_t *End = Shadow + granuleOf(Start + (Size ? Size - 1 : 0)) + 1;
  auto TakeOne = [&] {
    if (*P) {
      Youngest = *P > Youngest ? *P : Youngest;
      *P = 0;
    }
    ++P;
  };
  // The first one was perhaps written a moment ago: read with others it would
  // have to wait.
  TakeOne();
  for (uint64_t Word; End - P >= 8;) {
    __builtin_memcpy(&Word, P, 8);
    if (!Word) {
      P += 8;
      continue;
    }
    for (unsigned I = 0; I != 8; ++I)
      TakeOne();
  }
  while (P < End)
    TakeOne();
  if (!Youngest)
    return 0;
  // A byte of memory that was freed and used all the same may be of an epoch
  // before the last fold.
  return EpochBase + Youngest < Epoch ? EpochBase + Youngest : Epoch;
}

Moment Stamps::endOf(uint32_t E, const Moment &Now) const {
  return E + 1 < Begins.size() ? Begins[E + 1] : Now;
}

//===----------------------------------------------------------------------===//
// Lives
//===----------------------------------------------------------------------===//

// Inlined, and of whole words: what is put together from parts in memory waits
// there until the stores before it are done.
__attribute__((always_inline)) inline Stamps::Life
Stamps::lifeOf(uint32_t Id, uint64_t Start, uint64_t Size) const {
  const uint16_t *H = Holders + granuleOf(Start);
  Life L = {H[0], Lives[Id] >> 16, Lives[Id] & 0xffff};
  // Pointers into its middle count where there are none to its start.
  uint64_t Many = ((Size < MaxSearched ? Size : MaxSearched) + 15) >> 4;
  for (uint64_t N = 1; !L.Holder && N < Many; N += 4) {
    uint64_t Word;
    __builtin_memcpy(&Word, H + N, 8);
    if (Many - N < 4)
      Word &= (uint64_t(1) << (Many - N) * 16) - 1;
    if (Word)
      L.Holder =
          static_cast<uint32_t>(Word >> (__builtin_ctzl(Word) & ~15) & 0xffff);
  }
  return L;
}

__attribute__((always_inline)) inline Stamps::Life
Stamps::takeAll(uint32_t Id, uint64_t Start, uint64_t Size) {
  Life L = lifeOf(Id, Start, Size);
  if (uint32_t Last = take(Start, Size))
    L.Last = Last;
  Lives[Id] = 0;
  uint16_t *H = Holders + granuleOf(Start), *End = H + ((Size + 15) >> 4);
  *H++ = 0;
  if (RETSAN_UNLIKELY(Size > MaxSearched)) {
    // Give pages back rather than look at them all.
    auto From = (reinterpret_cast<uint64_t>(H) + 4095) & ~uint64_t(4095);
    auto To = reinterpret_cast<uint64_t>(End) & ~uint64_t(4095);
    sysCall(SYS_madvise, static_cast<long>(From), static_cast<long>(To - From),
            MADV_DONTNEED);
    while (H < reinterpret_cast<uint16_t *>(From))
      *H++ = 0;
    H = reinterpret_cast<uint16_t *>(To);
  }
  for (uint64_t Word; End - H >= 4; H += 4) {
    __builtin_memcpy(&Word, H, 8);
    if (Word)
      __builtin_memset(H, 0, 8);
  }
  for (; H < End; ++H)
    if (*H)
      *H = 0;
  return L;
}

Stamps::Life Stamps::lift(uint32_t Id, uint64_t Start, uint64_t Size) {
  return takeAll(Id, Start, Size);
}

void Stamps::settle(uint32_t Id, uint64_t Start, const Life &L) {
  // Before anything was folded, in mode `stamp`, the bytes say it all.
  if (!(R.QuickOff & (Runtime::TellLives | Runtime::WipeLast))) {
    Shadow[granuleOf(Start)] = static_cast<uint8_t>(L.Last);
    return;
  }
  Holders[granuleOf(Start)] = static_cast<uint16_t>(L.Holder);
  Lives[Id] = uint32_t(L.Birth) << 16 | L.Last;
}

SubjectSums *Stamps::Shard::sumsOf(uint32_t Subject) {
  while (Held.size() <= Subject)
    if (!Held.push({}))
      return nullptr;
  return &Held[Subject];
}

static double between(uint64_t From, uint64_t To) {
  return To > From ? static_cast<double>(To - From) : 0;
}

void Stamps::account(const Life &L, uint64_t Size, const Moment &Now,
                     SubjectSums &S) const {
  double Bytes = static_cast<double>(Size);
  const Moment &Born = Begins[L.Birth];
  if (!L.Last) {
    S.VoidT += Bytes * between(Born.Ticks, Now.Ticks);
    S.VoidB += Bytes * between(Born.Bytes, Now.Bytes);
    return;
  }
  Moment Used = endOf(L.Last, Now);
  S.UseT += Bytes * between(Born.Ticks, Used.Ticks);
  S.UseB += Bytes * between(Born.Bytes, Used.Bytes);
  S.DragT += Bytes * between(Used.Ticks, Now.Ticks);
  S.DragB += Bytes * between(Used.Bytes, Now.Bytes);
}

void Stamps::death(uint32_t Id, uint64_t Start, uint64_t Size) {
  Life L = takeAll(Id, Start, Size);
  if (!L.Holder)
    return;
  Shard &S = Shards[static_cast<uint32_t>(thread().Tid) % NumShards];
  S.Mutex.lock();
  // The wall clock of one in eight will do for what is small.
  if (Size >= 4096 || ++S.Frees % 8 == 0 || !S.Ticks)
    S.Ticks = ticks();
  Moment Now = {S.Ticks, loadRelaxed(R.BytesAllocated) + thread().BytesPending};
  if (SubjectSums *Sums = S.sumsOf(L.Holder - 1u)) {
    account(L, Size, Now, *Sums);
    ++Sums->Stores;
  }
  S.Mutex.unlock();
}

void Stamps::wipe(uint64_t Start, uint64_t Size, uint64_t Old) {
  // The granule of the new end is shared with what stays, and the first one
  // says whose the allocation is.
  uint64_t First = granuleOf(Start + Size + 15),
           End = granuleOf(Start + Old + 15);
  if (First >= End)
    return;
  memset(Shadow + First, 0, End - First);
  if (First == granuleOf(Start))
    ++First;
  for (; First < End; ++First)
    if (Holders[First])
      Holders[First] = 0;
}

AgeSums Stamps::ages() {
  AgeSums Out;
  R.turnOff(Runtime::WipeLast);
  Moment Now = now();
  for (uint32_t Id = 1, E = R.Heap.limit(); Id < E; ++Id) {
    if (R.Heap.state(Id) != AllocState::Live)
      continue;
    uint64_t Start = R.Heap.startOf(Id), Size = R.Heap.sizeOf(Id);
    uint32_t Last = take(Start, Size);
    if (Last)
      setLast(Id, Last);
    else
      Last = Lives[Id] & 0xffff;
    uint32_t Class = AgeSums::Max - 1;
    if (Last) {
      double Age = between(endOf(Last, Now).Bytes, Now.Bytes) * 1e-6;
      for (Class = AgeSums::Max - 2; Class && Age < AgeSums::bound(Class);)
        --Class;
    }
    Out.Bytes[Class] += Size;
    ++Out.Objects[Class];
  }
  return Out;
}

void Stamps::addTo(Sums &Into) {
  if (!on())
    return;
  Moment Now = now();
  MapVector<SubjectSums> All;
  for (uint32_t N = 0; N != Into.Subjects.size(); ++N)
    All.push({});
  auto Add = [](SubjectSums &S, const SubjectSums &From) {
    S.Slots += From.Slots;
    S.Stores += From.Stores;
    S.UseT += From.UseT;
    S.DragT += From.DragT;
    S.VoidT += From.VoidT;
    S.UseB += From.UseB;
    S.DragB += From.DragB;
    S.VoidB += From.VoidB;
  };
  for (Shard &S : Shards) {
    S.Mutex.lock();
    for (uint32_t N = 0; N != S.Held.size() && N < All.size(); ++N)
      Add(All[N], S.Held[N]);
    S.Mutex.unlock();
  }
  for (uint32_t Id = 1, E = R.Heap.limit(); Id < E; ++Id) {
    if (R.Heap.state(Id) != AllocState::Live)
      continue;
    uint64_t Start = R.Heap.startOf(Id), Size = R.Heap.sizeOf(Id);
    Life L = lifeOf(Id, Start, Size);
    if (!L.Holder || L.Holder > All.size())
      continue;
    if (uint32_t Last = take(Start, Size)) {
      setLast(Id, Last);
      L.Last = Last;
    }
    SubjectSums &S = All[L.Holder - 1u];
    account(L, Size, Now, S);
    ++S.Slots;
    ++S.Stores;
  }
  for (uint32_t N = 0; N != All.size(); ++N)
    Add(Into.Subjects[N], All[N]);
  All.release();
}

void Stamps::afterFork() {
  if (!on())
    return;
  for (Shard &S : Shards) {
    S.Mutex = {};
    S.Held.clear();
  }
  for (uint32_t Id = 1, E = R.Heap.limit(); Id < E; ++Id) {
    if (R.Heap.state(Id) != AllocState::Live)
      continue;
    uint64_t Start = R.Heap.startOf(Id);
    uint16_t *H = Holders + granuleOf(Start);
    for (uint64_t N = 0; N < (R.Heap.sizeOf(Id) + 15) >> 4; ++N)
      if (H[N])
        H[N] = 0;
  }
}

} // namespace retsan
