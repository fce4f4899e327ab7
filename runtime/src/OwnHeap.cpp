//===- OwnHeap.cpp - objects of the allocator of our own ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See OwnHeap.h. The owner of a span works on it without atomic instructions.
// A full span is in its owner's list of full ones; before a new span is made a
// few of them are asked whether other threads have given objects back. Classes
// are 16 bytes apart up to 256 and then eight to a doubling, each 16 bytes over
// the round size, so that a request of a power of two has its spare byte.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <errno.h>
#include <string.h>

namespace retsan {

namespace {

/// Stands for a class that has no span yet: always empty.
OwnSpan NoSpan = {};

} // namespace

constexpr OwnClasses Classes;
static_assert(Classes.Size[OwnHeap::NumClasses - 1] == 32784);
extern const OwnClasses OwnClassTable = Classes;

AllocLists &OwnHeap::lists(uint32_t Id) const { return Lists[Id]; }

uint64_t OwnHeap::startOf(uint32_t Id) const {
  const OwnSpan *S = spanOf(Id);
  uint64_t Start = S->Base + uint64_t(Id - S->FirstId) * S->Size;
  if (RETSAN_UNLIKELY(loadRelaxed(Meta[Id]) & Moved))
    Start += *reinterpret_cast<const uint64_t *>(Start);
  return Start;
}

//===----------------------------------------------------------------------===//
// Taking objects
//===----------------------------------------------------------------------===//

OwnCache *OwnHeap::takeCache() {
  ThreadState &T = thread();
  CacheLock.lock();
  OwnCache *C = Idle;
  if (C)
    Idle = C->NextIdle;
  CacheLock.unlock();
  if (!C) {
    C = static_cast<OwnCache *>(mapMemory(sizeof(OwnCache)));
    if (!C)
      return nullptr;
    for (OwnSpan *&S : C->Current)
      S = &NoSpan;
  }
  T.Cache = C;
  watchThreadEnd();
  return C;
}

/// Adds what other threads gave back. True if that was anything.
bool OwnHeap::collect(OwnSpan *S) {
  if (!loadRelaxed(S->Remote))
    return false;
  uint32_t Chain = __atomic_exchange_n(&S->Remote, 0, __ATOMIC_ACQUIRE);
  uint32_t Last = Chain, Count = 1;
  while (uint32_t Next = Meta[S->FirstId + Last - 1] >> FlagBits) {
    Last = Next;
    ++Count;
  }
  Meta[S->FirstId + Last - 1] = S->Free << FlagBits;
  S->Free = Chain;
  S->Used -= Count;
  return true;
}

/// A span of the class with a free object, of those that the cache has.
OwnSpan *OwnHeap::nextOf(OwnCache &C, unsigned Class) {
  if (OwnSpan *S = C.Partial[Class].First) {
    C.Partial[Class].remove(S);
    return S;
  }
  OwnSpan *S = C.Ask[Class];
  for (unsigned Asked = 0; Asked != 8; ++Asked) {
    if (!S && !(S = C.Full[Class].First))
      break;
    OwnSpan *Next = S->Next;
    if (collect(S)) {
      C.removeFull(S);
      C.Ask[Class] = Next;
      return S;
    }
    S = Next;
  }
  C.Ask[Class] = S;
  return nullptr;
}

OwnSpan *OwnHeap::refill(OwnCache *&C, unsigned Class) {
  if (!C && !(C = takeCache()))
    return nullptr;
  OwnSpan *S = C->Current[Class];
  if (S->Free || S->Bump != S->Count || collect(S))
    return S;
  OwnSpan *New = nextOf(*C, Class);
  if (!New) {
    // Before the heap grows by a quarter, what dead threads left is looked
    // through.
    if (loadRelaxed(PagesInUse) > SweptAt + SweptAt / 4 + 256) {
      collectIdle();
      New = nextOf(*C, Class);
    }
    if (!New && (New = newSpan(Class, Classes.Size[Class])))
      storeRelease(New->Owner, C);
    if (!New)
      return nullptr;
  }
  if (S != &NoSpan) {
    S->Current = false;
    S->Full = true;
    C->Full[Class].push(S);
  }
  New->Current = true;
  C->Current[Class] = New;
  return New;
}

/// Chains some objects that were never handed out, so that the quick way finds
/// them.
inline void OwnHeap::extend(OwnSpan *S) {
  uint32_t First = S->Bump, Left = S->Count - First;
  uint32_t Last = First + (Left < 32 ? Left : 32);
  uint32_t *M = &Meta[S->FirstId];
  for (uint32_t N = First; N + 1 != Last; ++N)
    M[N] = (N + 2) << FlagBits;
  M[Last - 1] = 0;
  S->Free = First + 1;
  storeRelaxed(S->Bump, Last);
}

__attribute__((always_inline)) inline void *
OwnHeap::allocateSmall(size_t Size, bool Zeroed) {
  unsigned Class = Classes.Of[Size >> 4];
  OwnCache *C = thread().Cache;
  OwnSpan *S = C ? C->Current[Class] : nullptr;
  for (;;) {
    if (RETSAN_LIKELY(S && S->Free)) {
      uint32_t Index = S->Free - 1, Id = S->FirstId + Index;
      S->Free = Meta[Id] >> FlagBits;
      ++S->Used;
      storeRelease(Meta[Id],
                   static_cast<uint32_t>(Size + 1) << FlagBits | Live);
      auto *P = reinterpret_cast<void *>(S->Base + uint64_t(Index) * S->Size);
      if (Zeroed)
        memset(P, 0, Size);
      return P;
    }
    if (S && S->Bump != S->Count) {
      if (!Zeroed || !S->Zero) {
        extend(S);
        continue;
      }
      // The kernel's zeros will do.
      uint32_t Index = S->Bump++, Id = S->FirstId + Index;
      ++S->Used;
      storeRelease(Meta[Id],
                   static_cast<uint32_t>(Size + 1) << FlagBits | Live);
      return reinterpret_cast<void *>(S->Base + uint64_t(Index) * S->Size);
    }
    S = refill(C, Class);
    if (!S)
      return nullptr;
  }
}

void *OwnHeap::allocate(size_t Size) {
  if (RETSAN_LIKELY(Size <= MaxSmall))
    return allocateSmall(Size, false);
  return allocateLarge(Size, 1, false);
}

void *OwnHeap::allocateZeroed(size_t Size) {
  if (RETSAN_LIKELY(Size <= MaxSmall))
    return allocateSmall(Size, true);
  return allocateLarge(Size, 1, true);
}

void *OwnHeap::allocateAligned(size_t Alignment, size_t Size) {
  if (Alignment <= 16)
    return allocate(Size);
  if (Size > MaxSmall || Alignment > MaxSmall - Size)
    return allocateLarge(Size, Alignment, false);
  void *P = allocateSmall(Size + Alignment, false);
  if (!P)
    return nullptr;
  uint64_t Start = reinterpret_cast<uint64_t>(P);
  uint64_t Aligned = (Start + Alignment - 1) & ~(Alignment - 1);
  uint32_t Flags = Live;
  if (Aligned != Start) {
    *reinterpret_cast<uint64_t *>(P) = Aligned - Start;
    Flags |= Moved;
  }
  storeRelease(Meta[idAt(Start)],
               static_cast<uint32_t>(Size + 1) << FlagBits | Flags);
  return reinterpret_cast<void *>(Aligned);
}

//===----------------------------------------------------------------------===//
// Giving them back
//===----------------------------------------------------------------------===//

void OwnHeap::watchOnly(const uint64_t *Values, uint32_t Count) {
  uint32_t Old = NumWatched;
  auto Find = [&](uint64_t Value) -> OwnSpan * {
    if (!owns(Value))
      return nullptr;
    uint64_t Page = (Value - Base) >> PageBits;
    return &Spans[Page - Lookups[Page].PageInSpan];
  };
  for (uint32_t N = 0; N != Count; ++N)
    if (OwnSpan *S = Find(Values[N]))
      S->Wanted = true;
  NumWatched = 0;
  for (uint32_t N = 0; N != Old; ++N) {
    OwnSpan *S = Watched[N];
    if (S->Wanted) {
      S->Wanted = false;
      Watched[NumWatched++] = S;
    } else
      __atomic_fetch_and(reinterpret_cast<uint64_t *>(&S->Owner),
                         ~OwnSpan::WatchedBit, __ATOMIC_ACQ_REL);
  }
  for (uint32_t N = 0; N != Count; ++N)
    if (OwnSpan *S = Find(Values[N]))
      S->Wanted = false;
}

__attribute__((noinline)) void OwnHeap::freeRemote(OwnSpan *S, uint32_t Index,
                                                   uint32_t Id) {
  uint32_t Old = loadRelaxed(S->Remote);
  do
    storeRelaxed(Meta[Id], Old << FlagBits);
  while (!__atomic_compare_exchange_n(&S->Remote, &Old, Index + 1, true,
                                      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

/// A span that was full has a free object now, or one has nothing else.
void OwnHeap::freeLast(OwnSpan *S) {
  OwnCache *C = S->owner();
  if (S->Full)
    C->reopen(S);
  // The only one of a class stays, though empty: the next request is often
  // near.
  if (S->Used || S->Current || (!S->Next && !S->Prev))
    return;
  C->Partial[S->Class].remove(S);
  freeSpan(S);
}

void OwnHeap::release(const Place &P) {
  OwnSpan *S = P.Span;
  if (RETSAN_UNLIKELY(S->owner() != thread().Cache || !S->Size)) {
    if (S->Size) {
      freeRemote(S, P.Index, P.Id);
      return;
    }
    storeRelaxed(Meta[P.Id], 0u);
    freeSpan(S);
    return;
  }
  storeRelaxed(Meta[P.Id], S->Free << FlagBits);
  S->Free = P.Index + 1;
  if (RETSAN_UNLIKELY(--S->Used == 0 || S->Full))
    freeLast(S);
}

void OwnHeap::releaseNested(const Place &P) {
  if (P.Span->Size)
    freeRemote(P.Span, P.Index, P.Id);
}

bool OwnHeap::resize(uint32_t Id, size_t Size) {
  OwnSpan *S = spanOf(Id);
  if (!S->Size)
    return Size > MaxSmall && resizeLarge(S, Size);
  uint32_t M = loadRelaxed(Meta[Id]);
  if (M & Moved || Size >= S->Size || Size < S->Size / 2)
    return false;
  // Other bits may be set meanwhile.
  __atomic_fetch_add(&Meta[Id],
                     (static_cast<uint32_t>(Size + 1) - (M >> FlagBits))
                         << FlagBits,
                     __ATOMIC_RELAXED);
  return true;
}

/// Takes in what others gave back, and gives up spans that are empty.
void OwnHeap::collectAll(OwnCache &C) {
  for (unsigned Class = 0; Class != NumClasses; ++Class) {
    for (OwnSpan *S = C.Full[Class].First, *Next; S; S = Next) {
      Next = S->Next;
      if (collect(S))
        C.reopen(S);
    }
    for (OwnSpan *S = C.Partial[Class].First, *Next; S; S = Next) {
      Next = S->Next;
      collect(S);
      if (S->Used)
        continue;
      C.Partial[Class].remove(S);
      freeSpan(S);
    }
    OwnSpan *S = C.Current[Class];
    if (S == &NoSpan)
      continue;
    collect(S);
    if (!S->Used) {
      C.Current[Class] = &NoSpan;
      freeSpan(S);
    }
  }
}

void OwnHeap::collectIdle() {
  CacheLock.lock();
  for (OwnCache *C = Idle; C; C = C->NextIdle)
    collectAll(*C);
  CacheLock.unlock();
  if (OwnCache *C = thread().Cache)
    for (unsigned Class = 0; Class != NumClasses; ++Class)
      for (OwnSpan *S = C->Full[Class].First, *Next; S; S = Next) {
        Next = S->Next;
        if (!collect(S))
          continue;
        C->reopen(S);
        if (!S->Used) {
          C->Partial[Class].remove(S);
          freeSpan(S);
        }
      }
  storeRelaxed(SweptAt, loadRelaxed(PagesInUse));
}

void OwnHeap::leaveCache() {
  ThreadState &T = thread();
  OwnCache *C = T.Cache;
  if (!C)
    return;
  collectAll(*C);
  // From here on, what this thread still frees is given back as by another.
  T.Cache = nullptr;
  CacheLock.lock();
  C->NextIdle = Idle;
  Idle = C;
  CacheLock.unlock();
}

//===----------------------------------------------------------------------===//
// Ids without memory; fork
//===----------------------------------------------------------------------===//

uint32_t OwnHeap::bury() {
  uint32_t Id = 0;
  BuryLock.lock();
  if (Graves.empty()) {
    PageLock.lock();
    uint32_t First = takeIds(64, NumClasses);
    PageLock.unlock();
    for (uint32_t N = 64; First && N-- != 0;)
      Graves.push(First + N);
  }
  if (!Graves.empty()) {
    Id = Graves.pop();
    storeRelaxed(Meta[Id], uint32_t(Buried));
  }
  BuryLock.unlock();
  return Id;
}

void OwnHeap::unbury(uint32_t Id) {
  storeRelaxed(Meta[Id], 0u);
  BuryLock.lock();
  Graves.push(Id);
  BuryLock.unlock();
}

void OwnHeap::lockForFork() {
  CacheLock.lock();
  BuryLock.lock();
  PageLock.lock();
}

/// In the child, the caches of other threads are gone with what they hold: they
/// may have been at work.
void OwnHeap::unlockAfterFork() {
  PageLock.unlock();
  BuryLock.unlock();
  CacheLock.unlock();
}

} // namespace retsan
