//===- MallocHooks.cpp - malloc and its family, tracked -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions are interposed. With the back end `own` (OwnHeap.h) they are
// the allocator. With `hooks` they forward to the next one (NextMalloc.h). An
// address range leaves the shadow before its memory is given back and enters
// after it was got, so that two threads never write one entry.
//
//===----------------------------------------------------------------------===//

#include "Next.h"
#include "NextMalloc.h"
#include "Runtime.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

using namespace retsan;

static inline uint64_t toInt(const void *P) {
  return reinterpret_cast<uint64_t>(P);
}

/// tripwire=poison: the program gives back what it took from a dead slot.
static inline void *plain(void *P) {
  return reinterpret_cast<void *>(plainValue(toInt(P)));
}

static inline bool tracking() {
  if (RETSAN_LIKELY(loadRelaxed(R.HeapStage) == 1))
    return !ended();
  return !ended() && startHeap();
}

static inline bool usesOwn() {
  if (RETSAN_LIKELY(R.Heap.Own.on()))
    return true;
  return loadRelaxed(R.HeapStage) == 0 && startHeap() && R.Heap.Own.on();
}

/// Exact for one thread; a thread of many is behind by at most this much.
static constexpr uint64_t CountedAtOnce = 16384;

/// The heap may have grown by the option `growth`.
__attribute__((noinline)) static void checkGrowth() {
  if (R.Heap.Own.bytesInUse() < loadRelaxed(R.GrowthAt))
    return;
  storeRelaxed(R.GrowthAt, ~uint64_t(0)); // until the checkpoint is over
  __atomic_fetch_add(&R.HelperWord, 1, __ATOMIC_RELEASE);
  futexWake(&R.HelperWord, 1);
}

static void countBytes(uint64_t Size) {
  ThreadState &T = thread();
  T.BytesPending += Size;
  if (T.BytesPending >= CountedAtOnce) {
    __atomic_fetch_add(&R.BytesAllocated, T.BytesPending, __ATOMIC_RELAXED);
    T.BytesPending = 0;
    R.Uses.tick();
    if (RETSAN_UNLIKELY(R.GrowthAt != 0))
      checkGrowth();
  }
}

/// With stamps, an allocation goes.
__attribute__((always_inline)) static inline void
endLife(uint32_t Id, uint64_t Start, uint64_t Size) {
  if (R.QuickOff & Runtime::TellLives)
    return R.Uses.death(Id, Start, Size);
  R.Uses.wipeWhole(Start, Size);
  if (R.QuickOff & Runtime::WipeLast)
    R.Uses.wipeLast(Id);
}

/// What the lists of an allocation that goes need; true if its record must
/// stay.
static bool endLists(uint32_t Id) {
  R.Fields.Mutex.lock();
  bool Keep = R.Fields.onFree(Id);
  R.Fields.Mutex.unlock();
  return Keep;
}

//===----------------------------------------------------------------------===//
// Back end `own`
//===----------------------------------------------------------------------===//

/// A handler of a signal that interrupted the allocator, or the runtime, must
/// not enter them: the thread is in the middle of a change, and may hold locks.
/// What it asks for comes from memory aside, which is never given back.
static inline bool isNested() { return RETSAN_UNLIKELY(thread().Depth != 1); }

namespace {
class AsideHeap {
public:
  bool owns(const void *P) const { return Begin && toInt(P) - Begin < Size; }
  void *allocate(size_t Bytes, size_t Alignment) {
    uint64_t B = loadAcquire(Begin);
    if (!B) {
      uint64_t New = toInt(mapMemory(Size));
      if (!New)
        return nullptr;
      if (__atomic_compare_exchange_n(&Begin, &B, New, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE))
        B = New;
      else
        unmapMemory(reinterpret_cast<void *>(New), Size);
    }
    if (Bytes > Size || Alignment > Size)
      return nullptr;
    uint64_t Room = (Bytes + 32 + Alignment) & ~uint64_t(15);
    uint64_t At = __atomic_fetch_add(&Used, Room, __ATOMIC_RELAXED);
    if (At + Room > Size)
      return nullptr;
    uint64_t P = (B + At + 16 + Alignment - 1) & ~uint64_t(Alignment - 1);
    reinterpret_cast<uint64_t *>(P)[-1] = Bytes;
    return reinterpret_cast<void *>(P);
  }
  size_t sizeOf(const void *P) const {
    return static_cast<const uint64_t *>(P)[-1];
  }

private:
  static constexpr uint64_t Size = 64u << 20;
  uint64_t Begin, Used;
};
AsideHeap Aside;
} // namespace

/// Inlined into the function that the program calls, whose frame it looks at.
__attribute__((always_inline)) static inline void *given(void *P, size_t Size) {
  if (RETSAN_UNLIKELY(!P)) {
    errno = ENOMEM;
    return nullptr;
  }
  if (RETSAN_LIKELY(!ended())) {
    countBytes(Size);
    // Before, the lives of all are empty: see Stamps::wipeWhole.
    if (RETSAN_UNLIKELY(R.QuickOff & Runtime::TellLives) && R.Uses.on())
      R.Uses.birth(R.Heap.idAt(toInt(P)));
    if (R.Stacks.on())
      R.Stacks.born(R.Heap.idAt(toInt(P)), __builtin_frame_address(0));
  }
  return P;
}

__attribute__((always_inline)) static inline void *ownMalloc(size_t Size) {
  if (isNested())
    return Aside.allocate(Size, 16);
  return given(R.Heap.Own.allocate(Size), Size);
}

__attribute__((always_inline)) static inline void *ownAligned(size_t Alignment,
                                                              size_t Size) {
  if (Alignment & (Alignment - 1)) // as glibc: the next power of two
    Alignment = Alignment > size_t(1) << 62
                    ? size_t(1) << 62
                    : size_t(1) << (64 - __builtin_clzl(Alignment));
  if (isNested())
    return Aside.allocate(Size, Alignment < 16 ? 16 : Alignment);
  return given(R.Heap.Own.allocateAligned(Alignment, Size), Size);
}

__attribute__((noinline)) static void freeOther(void *P) {
  if (Aside.owns(P))
    return;
  if (!R.Heap.Own.owns(toInt(P)) && Next.Free) {
    Next.Free(P); // of the dynamic loader, from before we were there
    return;
  }
  (Text() << "free() of something that is no allocation, or was freed before")
      .print();
  abort();
}

/// An allocation that goes: who points at it must be known.
static inline void bindWatched(OwnHeap::Place &At) {
  if (RETSAN_LIKELY(!R.Heap.Own.isWatched(At.Span)))
    return;
  R.Fields.Mutex.lock();
  uint64_t Start = R.Heap.startOf(At.Id);
  R.Fields.bindLoose(Start, Start + R.Heap.sizeOf(At.Id));
  R.Fields.Mutex.unlock();
  At.Listed = R.Heap.Own.isListed(At.Id);
}

/// An allocation of which nobody must be told any more.
static inline void giveBack(const OwnHeap::Place &At, uint64_t Size) {
  if (RETSAN_UNLIKELY(R.Freed.on()))
    R.Freed.release(R.Heap.Own, At, Size);
  else
    R.Heap.Own.release(At);
}

static inline void ownFree(void *P) {
  OwnHeap::Place At;
  if (RETSAN_UNLIKELY(!R.Heap.Own.place(toInt(P), At))) {
    freeOther(P);
    return;
  }
  if (isNested()) {
    if (!R.Heap.Own.isWatched(At.Span) && !R.Heap.Own.isListed(At.Id))
      R.Heap.Own.releaseNested(At);
    return;
  }
  bindWatched(At);
  if (RETSAN_UNLIKELY(R.Uses.on())) {
    uint64_t Start = R.Heap.startOf(At.Id), Size = R.Heap.sizeOf(At.Id);
    endLife(At.Id, Start, Size);
  }
  uint64_t Size = RETSAN_UNLIKELY(R.Freed.on()) ? R.Heap.sizeOf(At.Id) : 0;
  if (RETSAN_UNLIKELY(At.Listed))
    endLists(At.Id);
  giveBack(At, Size);
}

/// A moved allocation is a new one: slots that hold the old address dangle,
/// slots that lie in it go along.
__attribute__((always_inline)) static inline void *ownRealloc(void *P,
                                                              size_t Size) {
  OwnHeap &Own = R.Heap.Own;
  OwnHeap::Place At;
  size_t OldSize;
  bool Known = Own.place(toInt(P), At);
  if (!Known && !Aside.owns(P)) {
    if (Own.owns(toInt(P)) || !Next.Realloc)
      freeOther(P);
    return Next.Realloc(P, Size);
  }
  OldSize = Known ? Own.sizeOf(At.Id) : Aside.sizeOf(P);
  if (Known && !isNested() && Own.resize(At.Id, Size)) {
    if (Size > OldSize)
      countBytes(Size - OldSize);
    else if (RETSAN_UNLIKELY(R.Uses.on()))
      R.Uses.wipe(toInt(P), Size, OldSize);
    return P;
  }
  void *Q = isNested() ? Aside.allocate(Size, 16) : Own.allocate(Size);
  if (!Q) {
    errno = ENOMEM;
    return nullptr;
  }
  memcpy(Q, P, OldSize < Size ? OldSize : Size);
  if (!Known || isNested())
    return Q; // what a handler moved stays where it was, too
  bindWatched(At);
  if (Size > OldSize)
    countBytes(Size - OldSize);
  if (RETSAN_UNLIKELY(R.Uses.on()))
    R.Uses.settle(Own.idAt(toInt(Q)), toInt(Q),
                  R.Uses.lift(At.Id, toInt(P), OldSize));
  if (R.Stacks.on())
    R.Stacks.born(Own.idAt(toInt(Q)), __builtin_frame_address(0));
  if (At.Listed) {
    R.Fields.Mutex.lock();
    R.Fields.onMove(At.Id, Own.idAt(toInt(Q)));
    R.Fields.onFree(At.Id);
    R.Fields.Mutex.unlock();
  }
  giveBack(At, OldSize);
  return Q;
}

//===----------------------------------------------------------------------===//
// Back end `hooks`
//===----------------------------------------------------------------------===//

/// What is asked for; an absurd size stays one.
static inline size_t padded(size_t Size) {
  return RETSAN_LIKELY(Size < ~size_t(0) - Next.Extra) ? Size + Next.Extra
                                                       : Size;
}

__attribute__((always_inline)) static inline void *track(void *P, size_t Size) {
  if (RETSAN_UNLIKELY(!P || !tracking()))
    return P;
  countBytes(Size);
  uint32_t Id = R.Heap.add(toInt(P), Size);
  if (RETSAN_UNLIKELY(R.Uses.on()) && Id)
    R.Uses.birth(Id);
  if (R.Stacks.on() && Id)
    R.Stacks.born(Id, __builtin_frame_address(0));
  return P;
}

/// Ends the record of the allocation at \p P, which is being given back.
static void forget(void *P) {
  uint32_t Id = R.Heap.removeAt(toInt(P));
  if (!Id)
    return;
  if (RETSAN_UNLIKELY(R.Uses.on()))
    R.Uses.death(Id, R.Heap.startOf(Id), R.Heap.sizeOf(Id));
  if (RETSAN_UNLIKELY(R.Heap.isListed(Id)) && endLists(Id))
    return;
  R.Heap.recycle(Id);
}

__attribute__((always_inline)) static inline void *
reallocTracked(uint32_t Id, void *P, size_t Size) {
  uint64_t OldSize = R.Heap.sizeOf(Id);
  R.Heap.removeAt(toInt(P));
  // Another thread may have the old place at once.
  Stamps::Life Life = {};
  if (RETSAN_UNLIKELY(R.Uses.on()))
    Life = R.Uses.lift(Id, toInt(P), OldSize);
  void *Q = Next.Realloc(P, Size + Next.Extra);
  if (RETSAN_UNLIKELY(R.Uses.on()) && (!Q || Q == P))
    R.Uses.settle(Id, toInt(P), Life);
  if (!Q) {
    R.Heap.restore(Id);
    return nullptr;
  }
  if (Size > OldSize)
    countBytes(Size - OldSize);
  if (Q == P) {
    R.Heap.resize(Id, Size);
    return Q;
  }
  uint32_t NewId = R.Heap.add(toInt(Q), Size);
  if (RETSAN_UNLIKELY(R.Uses.on()) && NewId)
    R.Uses.settle(NewId, toInt(Q), Life);
  if (R.Stacks.on() && NewId)
    R.Stacks.born(NewId, __builtin_frame_address(0));
  bool Keep = false;
  if (R.Heap.isListed(Id)) {
    if (NewId) {
      R.Fields.Mutex.lock();
      R.Fields.onMove(Id, NewId);
      R.Fields.Mutex.unlock();
    }
    Keep = endLists(Id);
  }
  if (!Keep)
    R.Heap.recycle(Id);
  return Q;
}

//===----------------------------------------------------------------------===//
// The functions
//===----------------------------------------------------------------------===//

/// What a RuntimeScope does at its end; true if the thread is to stop, see
/// takePutOffStop().
__attribute__((always_inline)) static inline bool
mustStopAfter(ThreadState &T) {
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  T.Depth = 0;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  return RETSAN_UNLIKELY(T.StopRequest != 0);
}

// All that is seldom needed is called in a function's last place: then the
// short ways need no frame, and save no registers.

static void *mallocSlowly(size_t Size);
static void freeSlowly(void *P);

/// Stops, and goes on with \p P, if there is one.
__attribute__((noinline)) static void *stopWith(void *P, size_t Size) {
  takePutOffStop();
  return P ? P : mallocSlowly(Size);
}

/// A small object from the thread's own span, and nothing that must be told of
/// it. Null if it is not that simple.
template <bool Stamped>
__attribute__((always_inline)) static inline void *mallocQuickly(size_t Size) {
  ThreadState &T = thread();
  OwnCache *C = T.Cache;
  static_assert(CountedAtOnce <= OwnHeap::MaxSmall);
  if (RETSAN_UNLIKELY(T.Depth || !C || Size >= CountedAtOnce ||
                      T.BytesPending + Size >= CountedAtOnce ||
                      R.QuickOff &
                          (Stamped ? Runtime::LongWays
                                   : Runtime::LongWays | Runtime::TellLives)))
    return nullptr;
  T.Depth = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  uint32_t Id = 0;
  void *P = R.Heap.Own.allocateQuickly(*C, Size, Id);
  if (RETSAN_LIKELY(P != nullptr))
    T.BytesPending += Size;
  if (Stamped && P && R.QuickOff & Runtime::TellLives && R.Uses.on())
    R.Uses.birth(Id);
  if (mustStopAfter(T))
    return stopWith(P, Size);
  return P;
}

/// In the modes with stamps.
static bool freeStamped(void *P) {
  ThreadState &T = thread();
  OwnCache *C = T.Cache;
  if (RETSAN_UNLIKELY(T.Depth || !C || R.QuickOff & Runtime::LongWays))
    return false;
  T.Depth = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  __builtin_prefetch(P, 1);
  bool Uses = R.Uses.on();
  if (Uses)
    R.Uses.prefetch(toInt(P));
  OwnHeap::Released Out;
  auto What = R.Heap.Own.releaseQuickly(C, toInt(P), Out, [&](uint32_t Id) {
    if (Uses)
      R.Uses.prefetchLife(Id);
  });
  if (RETSAN_UNLIKELY(What == OwnHeap::Released::Full)) {
    R.Heap.Own.spill(*C, Out.Class);
    What = R.Heap.Own.releaseQuickly(C, toInt(P), Out, [](uint32_t) {});
  }
  bool Done = What == OwnHeap::Released::Done;
  // The thread is inside the runtime: nobody was given it meanwhile.
  if (Uses && Done)
    endLife(Out.Id, toInt(P), Out.Size);
  if (mustStopAfter(T))
    takePutOffStop();
  return Done;
}

__attribute__((noinline)) static void *mallocSlowly(size_t Size) {
  if (R.QuickOff)
    if (void *P = mallocQuickly<true>(Size))
      return P;
  RuntimeScope Scope;
  if (RETSAN_LIKELY(usesOwn()))
    return ownMalloc(Size);
  return track(Next.Malloc(padded(Size)), Size);
}

/// The thread's stock of that class is empty.
__attribute__((noinline)) static void *mallocAfterMiss(size_t Size) {
  if (mustStopAfter(thread()))
    takePutOffStop();
  return mallocSlowly(Size);
}

// As mallocQuickly(), with all else in last places.
RETSAN_EXPORT void *malloc(size_t Size) {
  ThreadState &T = thread();
  OwnCache *C = T.Cache;
  if (RETSAN_UNLIKELY(T.Depth || !C || Size >= CountedAtOnce ||
                      T.BytesPending + Size >= CountedAtOnce ||
                      R.QuickOff & (Runtime::LongWays | Runtime::TellLives)))
    return mallocSlowly(Size);
  T.Depth = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  uint32_t Id;
  void *P = R.Heap.Own.allocateQuickly(*C, Size, Id);
  if (RETSAN_UNLIKELY(!P))
    return mallocAfterMiss(Size);
  T.BytesPending += Size;
  if (mustStopAfter(T))
    return stopWith(P, Size);
  return P;
}

__attribute__((noinline)) static void *callocSlowly(size_t Count, size_t Size) {
  RuntimeScope Scope;
  size_t Bytes;
  if (RETSAN_UNLIKELY(!usesOwn())) {
    if (!Next.Extra)
      return track(Next.Calloc(Count, Size), Count * Size);
    if (__builtin_mul_overflow(Count, Size, &Bytes)) {
      errno = ENOMEM;
      return nullptr;
    }
    return track(Next.Calloc(1, padded(Bytes)), Bytes);
  }
  if (__builtin_mul_overflow(Count, Size, &Bytes))
    return given(nullptr, 0);
  if (isNested())
    return Aside.allocate(Bytes, 16); // fresh from the kernel: zero
  return given(R.Heap.Own.allocateZeroed(Bytes), Bytes);
}

RETSAN_EXPORT void *calloc(size_t Count, size_t Size) {
  size_t Bytes;
  if (RETSAN_LIKELY(!__builtin_mul_overflow(Count, Size, &Bytes)))
    if (void *P = mallocQuickly<false>(Bytes); RETSAN_LIKELY(P != nullptr))
      return memset(P, 0, Bytes);
  return callocSlowly(Count, Size);
}

__attribute__((noinline)) static void freeSlowly(void *P) {
  if (!P || (R.QuickOff && freeStamped(P)))
    return;
  P = plain(P);
  if (RETSAN_LIKELY(R.Heap.Own.on())) {
    RuntimeScope Scope;
    ownFree(P);
    return;
  }
  // glibc will touch the chunk: let that miss overlap with those of the
  // look-up.
  __builtin_prefetch(static_cast<char *>(P) - 16, 1);
  RuntimeScope Scope;
  if (RETSAN_LIKELY(tracking()))
    forget(P);
  Next.Free(P);
}

__attribute__((noinline)) static void freeOtherwise(void *P) {
  if (mustStopAfter(thread()))
    takePutOffStop();
  freeSlowly(P);
}
/// The thread's stock of that class is full.
__attribute__((noinline)) static void freeAfterSpill(void *P, unsigned Class) {
  ThreadState &T = thread();
  R.Heap.Own.spill(*T.Cache, Class);
  OwnHeap::Released Out;
  R.Heap.Own.releaseQuickly(T.Cache, toInt(P), Out, [](uint32_t) {});
  if (mustStopAfter(T))
    takePutOffStop();
}

RETSAN_EXPORT void free(void *P) {
  ThreadState &T = thread();
  OwnCache *C = T.Cache;
  if (RETSAN_UNLIKELY(T.Depth || !C || R.QuickOff))
    return freeSlowly(P);
  T.Depth = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  // It is likely to be the next one of its size.
  __builtin_prefetch(P, 1);
  OwnHeap::Released Out;
  switch (R.Heap.Own.releaseQuickly(C, toInt(P), Out, [](uint32_t) {})) {
  case OwnHeap::Released::Done:
    break;
  case OwnHeap::Released::Other:
    return freeOtherwise(P);
  case OwnHeap::Released::Full:
    return freeAfterSpill(P, Out.Class);
  }
  if (mustStopAfter(T))
    takePutOffStop();
}

/// C23. The sizes are the caller's business.
RETSAN_EXPORT void free_sized(void *P, size_t) { free(P); }
RETSAN_EXPORT void free_aligned_sized(void *P, size_t, size_t) { free(P); }

RETSAN_EXPORT void *realloc(void *P, size_t Size) {
  if (!P)
    return malloc(Size);
  P = plain(P);
  RuntimeScope Scope;
  if (RETSAN_LIKELY(R.Heap.Own.on())) {
    if (Size)
      return ownRealloc(P, Size);
    ownFree(P); // as glibc
    return nullptr;
  }
  uint32_t Id = tracking() ? R.Heap.findStart(toInt(P)) : 0;
  if (!Id)
    return Next.Realloc(P, Size);
  if (Size == 0) { // glibc frees
    forget(P);
    return Next.Realloc(P, 0);
  }
  return reallocTracked(Id, P, Size);
}

RETSAN_EXPORT void *reallocarray(void *P, size_t Count, size_t Size) {
  size_t Bytes;
  if (__builtin_mul_overflow(Count, Size, &Bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return realloc(P, Bytes);
}

RETSAN_EXPORT void *memalign(size_t Alignment, size_t Size) {
  RuntimeScope Scope;
  if (RETSAN_LIKELY(usesOwn()))
    return ownAligned(Alignment, Size);
  return track(Next.Memalign(Alignment, padded(Size)), Size);
}

RETSAN_EXPORT void *aligned_alloc(size_t Alignment, size_t Size) {
  return memalign(Alignment, Size);
}

RETSAN_EXPORT int posix_memalign(void **Out, size_t Alignment, size_t Size) {
  if (Alignment % sizeof(void *) || !Alignment || (Alignment & (Alignment - 1)))
    return EINVAL;
  int Saved = errno;
  void *P = memalign(Alignment, Size);
  errno = Saved;
  if (!P)
    return ENOMEM;
  *Out = P;
  return 0;
}

RETSAN_EXPORT void *valloc(size_t Size) { return memalign(4096, Size); }

RETSAN_EXPORT void *pvalloc(size_t Size) {
  return memalign(4096, (Size + 4095) & ~size_t(4095));
}

/// The requested size, as sanitizers have it: what lies beyond is not scanned.
RETSAN_EXPORT size_t malloc_usable_size(void *P) {
  if (!P)
    return 0;
  P = plain(P);
  if (Aside.owns(P))
    return Aside.sizeOf(P);
  if (R.Heap.Own.owns(toInt(P)) || (loadRelaxed(R.HeapStage) == 1 && !ended()))
    if (uint32_t Id = R.Heap.findStart(toInt(P)))
      return R.Heap.sizeOf(Id);
  if (Next.isForeign())
    return Next.UsableSize(P);
  // Not tracked: glibc's chunk header says it (bit 1: mapped, low three are
  // flags).
  size_t Head = static_cast<size_t *>(P)[-1];
  return (Head & ~size_t(7)) - (Head & 2 ? 2 : 1) * sizeof(size_t);
}

/// What programs print of their heap: of our own allocator only the bytes in
/// use are told.
RETSAN_EXPORT struct mallinfo2 mallinfo2() noexcept {
  struct mallinfo2 Info = {};
  if (R.Heap.Own.on()) {
    for (uint32_t Id = 1, End = R.Heap.Own.limit(); Id < End; ++Id)
      if (R.Heap.Own.isLive(Id))
        Info.uordblks += R.Heap.Own.sizeOf(Id);
    return Info;
  }
#ifndef RETSAN_STATIC
  if (auto Next = RETSAN_NEXT(struct mallinfo2(*)(), mallinfo2))
    return Next();
#endif
  return Info;
}

RETSAN_EXPORT struct mallinfo mallinfo() noexcept {
  struct mallinfo2 All = mallinfo2();
  struct mallinfo Info = {};
  Info.uordblks = static_cast<int>(All.uordblks);
  return Info;
}

/// glibc's main arena lies among libc's globals and points at the headers of
/// free chunks. A header lies at the end of the allocation before it, so that
/// each would look like a pointer into a live allocation. A chunk that is freed
/// is put at the head of the unsorted bin and then points back at the arena: at
/// its field `top`, 96 bytes from the start of a malloc_state of 2200 bytes in
/// glibc 2.36.
void retsan::findLibcArena() {
  constexpr uint64_t TopOffset = 96, ArenaSize = 2200;
  if (R.Heap.Own.on() || Next.isForeign())
    return;
  RuntimeScope Scope;
  // Too large for the per-thread cache and the fast bins; Guard keeps it apart
  // from the free top, into which it would vanish.
  auto *Chunk = static_cast<uint64_t *>(__libc_malloc(4000));
  void *Guard = __libc_malloc(16);
  if (Chunk && Guard) {
    __libc_free(Chunk);
    uint64_t Back = reinterpret_cast<volatile uint64_t *>(Chunk)[1];
    if (isGlobal(Back))
      R.LibcArena = {Back - TopOffset, Back - TopOffset + ArenaSize};
    Chunk = nullptr;
  }
  __libc_free(Chunk);
  __libc_free(Guard);
}

/// Bound to this copy, whatever symbol interposition makes of the name.
extern "C" __attribute__((alias("malloc"), visibility("hidden"), nothrow,
                          malloc, alloc_size(1))) void *
retsanOwnMalloc(size_t);

void *retsan::ownMalloc() { return reinterpret_cast<void *>(&retsanOwnMalloc); }
