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
static_assert(Classes.Size[OwnHeap::NumClasses - 1] > OwnHeap::MaxSmall);
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
    for (unsigned Kind = 0; Kind != WatchedKind + 1; ++Kind) {
      OwnStock &K = C->Stock[Kind];
      uint32_t Limit = 0;
      if (Kind < NumClasses) {
        Limit = 16384 / Classes.Size[Kind];
        Limit = Limit < 4 ? 4 : Limit < OwnStock::Max ? Limit : OwnStock::Max;
      }
      K.Top = K.Objects;
      K.End = K.Top + Limit;
      K.Top->Address = reinterpret_cast<uint64_t>(C);
    }
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

/// Fills half of an empty stock with objects of \p S, which has some. Those
/// that are handed out first come last.
void OwnHeap::restock(OwnCache &C, unsigned Class, OwnSpan *S) {
  OwnStock &K = C.Stock[Class];
  uint32_t Want = static_cast<uint32_t>(K.End - K.Objects + 1) / 2, Count = 0;
  if (!S->Free) {
    // What was never handed out lies side by side.
    uint32_t Left = S->Count - S->Bump;
    Count = Left < Want ? Left : Want;
    S->Bump += Count;
    uint64_t Address = S->Base + uint64_t(S->Bump) * S->Size;
    uint32_t Id = S->FirstId + S->Bump;
    for (uint32_t N = 1; N <= Count; ++N)
      K.Objects[N] = {Address -= S->Size, --Id};
  } else {
    uint32_t Taken[OwnStock::Max];
    for (; S->Free && Count != Want; ++Count) {
      Taken[Count] = S->Free - 1;
      S->Free = Meta[S->FirstId + S->Free - 1] >> FlagBits;
    }
    for (uint32_t N = 1; N <= Count; ++N) {
      uint32_t Index = Taken[Count - N];
      K.Objects[N] = {S->Base + uint64_t(Index) * S->Size, S->FirstId + Index};
    }
  }
  S->Used += Count;
  K.Top = K.Objects + Count;
}

void OwnHeap::spill(OwnCache &C, unsigned Class, uint32_t Count) {
  OwnStock &K = C.Stock[Class];
  OwnSpan *S = nullptr;
  for (uint32_t N = 1; N <= Count; ++N) {
    uint32_t Id = K.Objects[N].Id;
    if (!S || Id - S->FirstId >= S->Count)
      S = spanOf(Id);
    uint32_t Index = Id - S->FirstId;
    if (S->owner() != &C) {
      freeRemote(S, Index, Id);
      S = nullptr; // its owner may give it up
      continue;
    }
    storeRelaxed(Meta[Id], S->Free << FlagBits);
    S->Free = Index + 1;
    if (--S->Used == 0 || S->Full) {
      freeLast(S);
      S = nullptr;
    }
  }
  uint32_t Left = K.count() - Count;
  for (uint32_t N = 1; N <= Left; ++N)
    K.Objects[N] = K.Objects[N + Count];
  K.Top = K.Objects + Left;
}

__attribute__((always_inline)) inline void *
OwnHeap::allocateSmall(size_t Size, bool Zeroed) {
  unsigned Class = Classes.Of[Size >> 4];
  OwnCache *C = thread().Cache;
  for (;;) {
    uint32_t Id;
    if (C)
      if (void *P = allocateQuickly(*C, Size, Id))
        return Zeroed ? memset(P, 0, Size) : P;
    OwnSpan *S = refill(C, Class);
    if (!S)
      return nullptr;
    if (Zeroed && Size > 1024 && S->Zero && !S->Free && S->Bump != S->Count) {
      // The kernel's zeros will do.
      uint32_t Index = S->Bump++;
      ++S->Used;
      storeRelease(Meta[S->FirstId + Index],
                   static_cast<uint32_t>(Size + 1) << FlagBits | Live);
      return reinterpret_cast<void *>(S->Base + uint64_t(Index) * S->Size);
    }
    restock(*C, Class, S);
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
    return spanOf(idAt(Value));
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
    } else {
      __atomic_fetch_and(reinterpret_cast<uint64_t *>(&S->Owner),
                         ~OwnSpan::WatchedBit, __ATOMIC_ACQ_REL);
      setKinds(S, S->Class);
    }
  }
  for (uint32_t N = 0; N != Count; ++N)
    if (OwnSpan *S = Find(Values[N]))
      S->Wanted = false;
}

void OwnHeap::freeRemote(OwnSpan *S, uint32_t Index, uint32_t Id) {
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
  for (unsigned Class = 0; Class != NumClasses; ++Class)
    spill(*C, Class, C->Stock[Class].count());
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
