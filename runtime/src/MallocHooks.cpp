//===- MallocHooks.cpp - malloc and its family, tracked -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The back end "hooks": the functions are interposed and forward to glibc's
// own, by their __libc_ names, which need no look-up and so work in the very
// first call. operator new and delete of libstdc++ and libc++ come down to
// these and need no hook of their own. An address range leaves the shadow
// before its memory is given back and enters after it was got, so that two
// threads never write one entry.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <errno.h>

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void *__libc_valloc(size_t);
void *__libc_pvalloc(size_t);
void __libc_free(void *);
}

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

static void countBytes(uint64_t Size) {
  ThreadState &T = thread();
  T.BytesPending += Size;
  // Exact for one thread; a thread of many is behind by at most this much.
  if (T.BytesPending >= 16384) {
    __atomic_fetch_add(&R.BytesAllocated, T.BytesPending, __ATOMIC_RELAXED);
    T.BytesPending = 0;
    R.Uses.tick();
  }
}

static inline void *track(void *P, size_t Size) {
  if (RETSAN_UNLIKELY(!P || !tracking()))
    return P;
  countBytes(Size);
  uint32_t Id = R.Heap.add(toInt(P), Size);
  if (RETSAN_UNLIKELY(R.Uses.on()) && Id)
    R.Uses.birth(Id);
  return P;
}

/// What the lists of an allocation that goes need; true if its record must
/// stay.
static bool endLists(uint32_t Id) {
  R.Fields.Mutex.lock();
  bool Keep = R.Fields.onFree(Id);
  R.Fields.Mutex.unlock();
  return Keep;
}

/// Ends the record of the allocation at \p P, which is being given back.
static void forget(void *P) {
  uint32_t Id = R.Heap.removeAt(toInt(P));
  if (!Id)
    return;
  if (RETSAN_UNLIKELY(R.Uses.on()))
    R.Uses.death(Id);
  if (RETSAN_UNLIKELY(R.Heap.isListed(Id)) && endLists(Id))
    return;
  R.Heap.recycle(Id);
}

RETSAN_EXPORT void *malloc(size_t Size) {
  RuntimeScope Scope;
  return track(__libc_malloc(Size), Size);
}

RETSAN_EXPORT void *calloc(size_t Count, size_t Size) {
  RuntimeScope Scope;
  return track(__libc_calloc(Count, Size), Count * Size);
}

RETSAN_EXPORT void free(void *P) {
  if (!P)
    return;
  P = plain(P);
  // glibc will touch the chunk: let that miss overlap with those of the
  // look-up.
  __builtin_prefetch(static_cast<char *>(P) - 16, 1);
  RuntimeScope Scope;
  if (RETSAN_LIKELY(tracking()))
    forget(P);
  __libc_free(P);
}

/// A moved allocation is a new one: slots that hold the old address dangle,
/// slots that lie in it go along.
static void *reallocTracked(uint32_t Id, void *P, size_t Size) {
  uint64_t OldSize = R.Heap.sizeOf(Id);
  R.Heap.removeAt(toInt(P));
  void *Q = __libc_realloc(P, Size);
  if (!Q) {
    R.Heap.restore(Id);
    return nullptr;
  }
  if (Size > OldSize)
    countBytes(Size - OldSize);
  if (Q == P) {
    if (RETSAN_UNLIKELY(R.Uses.on()) && Size < OldSize)
      R.Uses.wipe(toInt(P) + Size, OldSize - Size);
    R.Heap.resize(Id, Size);
    return Q;
  }
  uint32_t NewId = R.Heap.add(toInt(Q), Size);
  if (RETSAN_UNLIKELY(R.Uses.on()) && NewId)
    R.Uses.move(Id, NewId);
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

RETSAN_EXPORT void *realloc(void *P, size_t Size) {
  P = plain(P);
  RuntimeScope Scope;
  if (!P)
    return track(__libc_malloc(Size), Size);
  uint32_t Id = tracking() ? R.Heap.findStart(toInt(P)) : 0;
  if (!Id)
    return __libc_realloc(P, Size);
  if (Size == 0) { // glibc frees
    forget(P);
    return __libc_realloc(P, 0);
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
  return track(__libc_memalign(Alignment, Size), Size);
}

RETSAN_EXPORT void *aligned_alloc(size_t Alignment, size_t Size) {
  RuntimeScope Scope;
  return track(__libc_memalign(Alignment, Size), Size);
}

RETSAN_EXPORT int posix_memalign(void **Out, size_t Alignment, size_t Size) {
  if (Alignment % sizeof(void *) || !Alignment || (Alignment & (Alignment - 1)))
    return EINVAL;
  RuntimeScope Scope;
  int Saved = errno;
  void *P = track(__libc_memalign(Alignment, Size), Size);
  errno = Saved;
  if (!P)
    return ENOMEM;
  *Out = P;
  return 0;
}

RETSAN_EXPORT void *valloc(size_t Size) {
  RuntimeScope Scope;
  return track(__libc_valloc(Size), Size);
}

RETSAN_EXPORT void *pvalloc(size_t Size) {
  RuntimeScope Scope;
  return track(__libc_pvalloc(Size), (Size + 4095) & ~size_t(4095));
}

/// The requested size, as sanitizers have it: what lies beyond is not scanned.
RETSAN_EXPORT size_t malloc_usable_size(void *P) {
  if (!P)
    return 0;
  P = plain(P);
  if (loadRelaxed(R.HeapStage) == 1 && !ended())
    if (uint32_t Id = R.Heap.findStart(toInt(P)))
      return R.Heap.sizeOf(Id);
  // Not tracked: glibc's chunk header says it (bit 1: mapped, low three are
  // flags).
  size_t Head = static_cast<size_t *>(P)[-1];
  return (Head & ~size_t(7)) - (Head & 2 ? 2 : 1) * sizeof(size_t);
}

/// glibc's main arena lies among libc's globals and points at the headers of
/// free chunks. A header lies at the end of the allocation before it, so that
/// each would look like a pointer into a live allocation. A chunk that is freed
/// is put at the head of the unsorted bin and then points back at the arena: at
/// its field `top`, 96 bytes from the start of a malloc_state of 2200 bytes in
/// glibc 2.36.
void retsan::findLibcArena() {
  constexpr uint64_t TopOffset = 96, ArenaSize = 2200;
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
extern "C"
    __attribute__((alias("malloc"), visibility("hidden"), nothrow)) void *
    retsanOwnMalloc(size_t);

void *retsan::ownMalloc() { return reinterpret_cast<void *>(&retsanOwnMalloc); }
