//===- SanitizerHooks.cpp - malloc belongs to a sanitizer -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In place of MallocHooks.cpp in programs that are linked with AddressSanitizer
// or LeakSanitizer: their allocator stays, and tells what it gives and takes by
// its public hooks. Its allocations have headers or red zones between them, as
// glibc's. The hooks know no realloc: that of code which is linked with the
// program is wrapped, so that slots go along when their owner moves; of a
// library's, the old owner dies and a new one is met at the next event.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

extern "C" {
int __sanitizer_install_malloc_and_free_hooks(
    void (*OnMalloc)(const volatile void *, size_t),
    void (*OnFree)(const volatile void *));
void *malloc(size_t) noexcept;
void *__real_realloc(void *, size_t);
}

using namespace retsan;

static uint64_t toInt(const volatile void *P) {
  return reinterpret_cast<uint64_t>(P);
}

/// The allocation whose free is that of a realloc under way, or null; then its
/// record, which is still needed.
static __thread const volatile void *Moving;
static __thread uint32_t MovedId;
static __thread Stamps::Life MovedLife;

static bool tracking() {
  return !ended() && (loadRelaxed(R.HeapStage) == 1 || startHeap());
}

/// Exact for one thread; a thread of many is behind by at most this much.
static constexpr uint64_t CountedAtOnce = 16384;

static void onMalloc(const volatile void *P, size_t Size) {
  // What a handler of a signal that interrupted us allocates stays unknown.
  if (!P || thread().Depth)
    return;
  RuntimeScope Scope;
  if (!tracking())
    return;
  ThreadState &T = thread();
  T.BytesPending += Size;
  if (T.BytesPending >= CountedAtOnce) {
    __atomic_fetch_add(&R.BytesAllocated, T.BytesPending, __ATOMIC_RELAXED);
    T.BytesPending = 0;
    R.Uses.tick();
  }
  uint32_t Id = R.Heap.add(toInt(P), Size);
  if (R.Uses.on() && Id)
    R.Uses.birth(Id);
  if (R.Stacks.on() && Id)
    R.Stacks.born(Id, __builtin_frame_address(0));
}

static void endRecord(uint32_t Id) {
  bool Keep = false;
  if (R.Heap.isListed(Id)) {
    R.Fields.Mutex.lock();
    Keep = R.Fields.onFree(Id);
    R.Fields.Mutex.unlock();
  }
  if (!Keep)
    R.Heap.recycle(Id);
}

static void onFree(const volatile void *P) {
  if (!P || thread().Depth)
    return;
  RuntimeScope Scope;
  if (!tracking())
    return;
  uint32_t Id = R.Heap.removeAt(toInt(P));
  if (!Id)
    return;
  if (Moving == P) {
    MovedId = Id;
    if (R.Uses.on())
      MovedLife = R.Uses.lift(Id, R.Heap.startOf(Id), R.Heap.sizeOf(Id));
    return;
  }
  if (R.Uses.on())
    R.Uses.death(Id, R.Heap.startOf(Id), R.Heap.sizeOf(Id));
  endRecord(Id);
}

extern "C" __attribute__((visibility("default"))) void *
__wrap_realloc(void *P, size_t Size) {
  Moving = P;
  MovedId = 0;
  void *Q = __real_realloc(P, Size);
  Moving = nullptr;
  uint32_t Id = MovedId;
  if (!Id || thread().Depth)
    return Q;
  RuntimeScope Scope;
  uint32_t NewId = Q ? R.Heap.findStart(toInt(Q)) : 0;
  if (R.Uses.on() && NewId)
    R.Uses.settle(NewId, toInt(Q), MovedLife);
  if (NewId && R.Heap.isListed(Id)) {
    R.Fields.Mutex.lock();
    R.Fields.onMove(Id, NewId);
    R.Fields.Mutex.unlock();
  }
  endRecord(Id);
  return Q;
}

/// Before all constructors, after the sanitizer, whose own entry is linked
/// first.
static void install(int, char **, char **) {
  __sanitizer_install_malloc_and_free_hooks(onMalloc, onFree);
}
__attribute__((section(".preinit_array"),
               used)) static void (*Install)(int, char **, char **) = install;

void retsan::findLibcArena() {}

/// There is but one malloc, see isSecondCopy().
void *retsan::ownMalloc() { return reinterpret_cast<void *>(&malloc); }
