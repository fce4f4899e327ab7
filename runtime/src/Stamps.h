//===- Stamps.h - when each allocation was last used ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   address ── bits 4..46 ──▶ Shadow[2^43], one byte a granule: an epoch
//                     │          │ folded when 255 epochs are over, and at a
//                     │          ▼ checkpoint
//                     │       Lives[id], four bytes: epochs of birth and last
//                     │       use
//                     └─────▶ Holders[2^43], two bytes a granule: a field
//
// In modes `stamp` and `all` the program itself writes the present epoch to its
// targets' bytes (abi.h). An epoch is a stretch of the allocation clock, so a
// deterministic program has the same epochs in each run; the end of the epoch
// counts as the moment of the use, which makes drag a lower bound. In mode
// `all` a target's drag goes to the field that it was last stored to, which the
// program writes too.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_STAMPS_H
#define RETSAN_RUNTIME_STAMPS_H

#include "FieldTable.h"

namespace retsan {

/// Bytes of the heap by time since their last use.
struct AgeSums {
  static constexpr uint32_t Max = 8; ///< The last one: never used.
  uint64_t Bytes[Max] = {}, Objects[Max] = {};
  /// Least age of a class in MB allocated; negative for the last.
  static double bound(uint32_t Class);
};

class Stamps {
public:
  /// Idempotent. False if the address space is too small.
  bool start();
  bool on() const { return loadRelaxed(Shadow) != nullptr; }
  bool failed() const { return Failed; }

  /// Of an allocation whose memory holds no life.
  __attribute__((always_inline)) void birth(uint32_t Id) {
    storeRelaxed(Lives[Id], loadRelaxed(Epoch) << 16);
  }
  /// What death() will read.
  __attribute__((always_inline)) void prefetch(uint64_t Start) const {
    __builtin_prefetch(Shadow + granuleOf(Start), 1);
    __builtin_prefetch(Holders + granuleOf(Start), 1);
  }
  __attribute__((always_inline)) void prefetchLife(uint32_t Id) const {
    __builtin_prefetch(Lives + Id, 1);
  }
  /// Before an allocation goes.
  void death(uint32_t Id, uint64_t Start, uint64_t Size);
  /// What realloc moves: taken from one place, put to another.
  struct Life {
    uint32_t Holder, Birth, Last; ///< 16 bits each.
  };
  Life lift(uint32_t Id, uint64_t Start, uint64_t Size);
  void settle(uint32_t Id, uint64_t Start, const Life &L);

  /// What stands for a subject among holders; 0 if there is no room.
  static uint16_t numberOf(uint32_t Subject) {
    return static_cast<uint16_t>(Subject < 0xffff ? Subject + 1 : 0);
  }
  /// The field of this number points to \p Value now.
  void hold(uint16_t Number, uint64_t Value) {
    Holders[granuleOf(Value)] = Number;
  }
  /// Memory of an allocation at \p Start that shrank from \p Old to \p Size.
  void wipe(uint64_t Start, uint64_t Size, uint64_t Old);
  /// All of a small allocation that goes, before anything was folded: then its
  /// life holds nothing.
  __attribute__((always_inline)) void wipeWhole(uint64_t Begin, uint64_t Size) {
    uint8_t *P = Shadow + granuleOf(Begin);
    uint64_t N = (Size + 15) >> 4;
    for (; N >= 8; N -= 8, P += 8)
      __builtin_memset(P, 0, 8);
    for (N = N ? N : Size == 0; N; --N, ++P)
      *P = 0;
  }
  /// The same of what was folded.
  __attribute__((always_inline)) void wipeLast(uint32_t Id) { Lives[Id] = 0; }
  /// More of the allocator's memory may be used.
  void heapGrew();
  /// The allocation clock went on.
  void tick() {
    if (RETSAN_UNLIKELY(clockBytes() >= loadRelaxed(NextEpochAt)))
      nextEpoch();
  }

  AgeSums ages();
  /// Adds what the subjects held, the present included.
  void addTo(Sums &Into);
  /// In the child after fork: nothing was held before.
  void afterFork();

  Lock Mutex; ///< Of epochs.

private:
  static constexpr uint64_t AddressMask = (uint64_t(1) << 47) - 1;
  static uint64_t granuleOf(uint64_t Address) {
    return (Address & AddressMask) >> 4;
  }
  static uint64_t clockBytes();
  void nextEpoch();
  void fold();
  /// The youngest stamp of an allocation as an epoch, 0 for none; and wipes.
  uint32_t take(uint64_t Start, uint64_t Size);
  /// The same of both tables.
  Life takeAll(uint32_t Id, uint64_t Start, uint64_t Size);
  /// Of a live one.
  Life lifeOf(uint32_t Id, uint64_t Start, uint64_t Size) const;
  void setLast(uint32_t Id, uint32_t Last) {
    Lives[Id] = (Lives[Id] & ~0xffffu) | Last;
  }
  Moment endOf(uint32_t Epoch, const Moment &Now) const;
  void account(const Life &L, uint64_t Size, const Moment &Now,
               SubjectSums &S) const;

  uint8_t *Shadow = nullptr;
  /// By 16 bytes of memory, as the shadow: whose field was last stored a
  /// pointer to there.
  uint16_t *Holders = nullptr;
  /// Of each allocation the epochs of its birth (high half) and, up to the last
  /// fold, of its last use.
  uint32_t *Lives = nullptr;
  bool Failed = false;
  bool Collapsed = false; ///< See heapGrew().
  uint32_t Epoch = 1;     ///< The present one.
  uint32_t EpochBase = 0; ///< Epoch minus what is written to the shadow.
  uint64_t NextEpochAt = ~uint64_t(0);
  MapVector<Moment> Begins; ///< By epoch.
  /// What fields held, added up by threads apart.
  struct alignas(64) Shard {
    retsan::Lock Mutex;
    uint32_t Frees;
    uint64_t Ticks; ///< Of one of the last frees.
    MapVector<SubjectSums> Held;
    SubjectSums *sumsOf(uint32_t Subject);
  };
  static constexpr uint32_t NumShards = 8;
  Shard Shards[NumShards] = {};
};

} // namespace retsan

#endif
