//===- MarkOwn.h - phase 1 over the allocator of our own ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   ranges ──▶ words ──▶ Lookup[page] ──▶ delay line of 32 ──▶ bit, Meta ──▶
//     ▲                  (in the cache)   (their lines are on     │
//     └──────────────────────────────────  the way)  ◀────────────┘
//
// A word is an address of an object if it lies in the heap, by arithmetic on a
// table of 16 bytes a page. What is seldom in the cache (mark bit, Meta, the
// object itself) is fetched while 32 other candidates pass (Cher, Hosking,
// Vitek 2004). Several threads mark at once: each has a stack of ranges, and
// gives the older half away when another has none.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_MARKOWN_H
#define RETSAN_RUNTIME_MARKOWN_H

#include "Runtime.h"

namespace retsan {

class Marker;

class OwnMark {
public:
  /// False without memory.
  bool start(const OwnHeap &H, const Marker &M);
  void release();

  /// Roots, to be scanned by run().
  void addRange(uint64_t Begin, uint64_t End);
  void addWord(uint64_t Word);
  /// Marks all that the roots lead to, with \p Threads threads.
  void run(unsigned Threads);

  bool reached(uint32_t Id) const {
    return loadRelaxed(Bits[Id >> 6]) >> (Id & 63) & 1;
  }
  /// Memory ran out: some of what is reached is not marked.
  bool failed() const { return Failed; }
  uint32_t threadsUsed() const { return Joined; }

private:
  /// Size of objects from which on spans are counted down.
  static constexpr uint64_t MinCounted = 256;
  size_t tableBytes() const { return Pages * (sizeof(uint32_t) + 1); }
  friend struct MarkWorker;
  friend struct MarkHelpers;
  struct Item {
    uint64_t Begin; ///< Bit 0: there are slots in it, some may be skipped.
    uint64_t End;
  };
  /// Of the heap as it was at start(): a thread that could not be stopped may
  /// have made more of it.
  OwnHeap::View view() const {
    OwnHeap::View V = Heap->view();
    V.Bytes = Pages << OwnHeap::PageBits;
    return V;
  }
  bool takeShared(MapVector<Item> &Into);
  bool join();
  void markedOne(uint32_t Id);

  const OwnHeap *Heap = nullptr;
  const Marker *Maps = nullptr; ///< Null if all memory can be read.
  const Marker *Slots = nullptr;
  uint64_t *Bits = nullptr;
  size_t BitBytes = 0;
  // By page. Most pointers of a heap full of large objects lead to spans that
  // are marked to the last object.
  uint8_t *Exhausted = nullptr;
  uint32_t *Left = nullptr; ///< Of a span's first page: objects not marked yet.
  size_t Pages = 0;
  uint32_t Limit = 0; ///< Of ids.
  MapVector<Item> Roots;
  MapVector<uint64_t> RootWords;

  // Under Guard, a spinlock: no futex, whose word a thread of the program might
  // hold.
  uint32_t Guard = 0;
  MapVector<Item> Shared;
  uint32_t Hungry = 0, Joined = 0;
  bool Done = false, Failed = false;
};

} // namespace retsan

#endif
