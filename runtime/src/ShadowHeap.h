//===- ShadowHeap.h - from an address to its allocation -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   address ── bits 22..46 ──▶ Root[2^25] ──▶ Region (4 MB of addresses)
//                                              Page[1024]      4 KB each, large
//                                              ones Granule[262144] 16 B each
//                                                 │ u32 id
//                                                 ▼
//                                              Records[id]: start, size, birth,
//                                              lists
//
// An allocation writes its id over the 16-byte granules it covers, the one that
// holds its end included, so that a one-past-the-end pointer is interior too
// (glibc's chunk header keeps that granule apart from the next allocation's
// first). Pages that a large allocation covers wholly get a page entry instead.
// A look-up is three dependent loads; nothing is locked: an entry is written
// only by the thread that owns the memory at that moment. All this is the back
// end `hooks`, over any malloc; with `own`, the allocator knows itself
// (OwnHeap.h).
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_SHADOWHEAP_H
#define RETSAN_RUNTIME_SHADOWHEAP_H

#include "OwnHeap.h"

namespace retsan {

enum class AllocState : uint8_t { Unused, Live, Freed };

/// Of one allocation.
struct AllocLists {
  uint32_t Owned;    ///< First instance whose slot lies in it.
  uint32_t Incoming; ///< First instance that points into it.
};

/// One allocation. Id 0 is none.
struct AllocRecord {
  uint64_t Start;
  uint64_t Size;
  AllocLists Lists;
};

class ShadowHeap {
public:
  static constexpr uint64_t AddressMask = (uint64_t(1) << 47) - 1;
  static constexpr unsigned RegionBits = 22;
  static constexpr uint64_t LargeSize = 16384;

  /// False if the address space is limited too tightly; then nothing is
  /// tracked.
  enum class BackEnd { Own, Hooks };
  bool start(BackEnd B = BackEnd::Hooks);
  bool started() const { return Root != nullptr || Own.on(); }

  OwnHeap Own;

  /// Makes a record and enters it. Returns 0 if there is no room.
  uint32_t add(uint64_t Start, uint64_t Size);
  /// Takes the range of the allocation that starts at \p Start out and returns
  /// its id, 0 if there is none; the record stays until recycle().
  uint32_t removeAt(uint64_t Start);
  /// Puts a removed record's range back (a realloc that failed).
  void restore(uint32_t Id);
  void resize(uint32_t Id, uint64_t Size);
  /// The record is not needed any more. With `own`: that of keepFreed().
  void recycle(uint32_t Id);
  /// Gives back what the calling thread has cached.
  void flushCache();

  /// Id of the live allocation that holds \p Address or ends there, else 0.
  uint32_t find(uint64_t Address) const {
    Address &= AddressMask;
    if (RETSAN_LIKELY(Own.on()))
      return Own.find(Address);
    uint32_t Id = idAt(Address);
    if (!Id)
      return 0;
    const AllocRecord &A = Records[Id];
    return Address - A.Start <= A.Size ? Id : 0;
  }
  /// What the tables hold for \p Address; up to 15 bytes after the end may be
  /// taken for the allocation.
  uint32_t idAt(uint64_t Address) const {
    if (Own.on())
      return Own.idAt(Address);
    if (RETSAN_UNLIKELY(!Root))
      return 0;
    const Region *Rg = loadRelaxed(Root[Address >> RegionBits]);
    if (!Rg)
      return 0;
    uint32_t Id = loadRelaxed(Rg->Page[(Address >> 12) & 1023]);
    return Id ? Id : loadRelaxed(Rg->Granule[(Address >> 4) & 0x3ffff]);
  }
  /// Begins to fetch what idAt() will read. False if there is nothing.
  __attribute__((always_inline)) bool prefetch(uint64_t Address) const {
    if (Own.on())
      return true;
    const Region *Rg = loadRelaxed(Root[Address >> RegionBits]);
    if (!Rg)
      return false;
    __builtin_prefetch(&Rg->Granule[(Address >> 4) & 0x3ffff]);
    return true;
  }
  /// Id of the allocation that starts at \p Address, else 0.
  uint32_t findStart(uint64_t Address) const {
    uint32_t Id = find(Address);
    return Id && startOf(Id) == Address ? Id : 0;
  }
  uint64_t startOf(uint32_t Id) const {
    return Own.on() ? Own.startOf(Id) : Records[Id].Start;
  }
  uint64_t sizeOf(uint32_t Id) const {
    return Own.on() ? Own.sizeOf(Id) : Records[Id].Size;
  }
  __attribute__((always_inline)) void prefetchRecord(uint32_t Id) const {
    if (Own.on())
      Own.prefetchMeta(Id);
    else
      __builtin_prefetch(&Records[Id]);
  }
  AllocLists &lists(uint32_t Id) {
    return Own.on() ? Own.lists(Id) : Records[Id].Lists;
  }
  const AllocLists &lists(uint32_t Id) const {
    return Own.on() ? Own.lists(Id) : Records[Id].Lists;
  }
  AllocState state(uint32_t Id) const {
    if (Own.on())
      return static_cast<AllocState>(Own.stateOf(Id));
    return static_cast<AllocState>(loadRelaxed(Tags[Id]) & StateMask);
  }
  /// A freed allocation that slots still point at: its record and lists go on
  /// under the id that is returned, \p Id itself or, where ids are bound to
  /// memory, another one (0 if there is no room).
  uint32_t keepFreed(uint32_t Id);
  /// The record's lists are in use: free() must look at them.
  void setListed(uint32_t Id) {
    if (Own.on())
      return Own.setListed(Id);
    __atomic_fetch_or(&Tags[Id], Listed, __ATOMIC_RELAXED);
  }
  bool isListed(uint32_t Id) const {
    return Own.on() ? Own.isListed(Id) : loadRelaxed(Tags[Id]) & Listed;
  }
  /// All ids are less than this.
  uint32_t limit() const {
    return Own.on() ? Own.limit() : loadRelaxed(NextId);
  }
  /// And will ever be less than this.
  uint32_t maxIds() const { return Own.on() ? Own.maxIds() : MaxRecords; }
  /// Bounds of all addresses ever entered: a cheap first filter for the mark.
  uint64_t lowest() const { return Own.on() ? Own.lowest() : loadRelaxed(Low); }
  uint64_t highest() const {
    return Own.on() ? Own.highest() : loadRelaxed(High);
  }

  void lockForFork() {
    FreeLock.lock();
    Own.lockForFork();
  }
  void unlockAfterFork() {
    Own.unlockAfterFork();
    FreeLock.unlock();
  }

private:
  struct Region {
    uint32_t Page[1024];
    uint32_t Granule[1u << 18];
  };

  static constexpr uint8_t StateMask = 3, Listed = 4;

  void enter(uint64_t Start, uint64_t Size, uint32_t Id);
  void enterLarge(uint64_t Start, uint64_t Size, uint32_t Id);
  void enterGranules(uint64_t First, uint64_t Last, uint32_t Id);
  Region *regionOf(uint64_t Address);
  uint32_t takeId();
  void widen(uint64_t Start, uint64_t End);

  Region **Root = nullptr;
  AllocRecord *Records = nullptr;
  /// State and Listed by id. Apart from the records, so that free() of an
  /// allocation without lists does not wait for a cache line of them: 64 of
  /// these fill a line.
  uint8_t *Tags = nullptr;
  uint32_t MaxRecords = 0;
  uint32_t NextId = 0;
  uint64_t Low = ~uint64_t(0), High = 0;
  Lock FreeLock;
  uint32_t *FreeIds = nullptr; ///< A stack.
  uint32_t FreeCount = 0;
};

} // namespace retsan

#endif
