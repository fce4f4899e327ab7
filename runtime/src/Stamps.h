//===- Stamps.h - when each allocation was last used ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   address ── bits 4..46 ──▶ shadow[2^43], one byte a granule: an epoch
//                                │ folded when 255 epochs are over, at a
//                                │ checkpoint, and at free
//                                ▼
//                             Lives[id]: birth, last use, holder
//
// In modes `stamp` and `all` the program itself writes the present epoch to its
// targets' bytes (abi.h). An epoch is a stretch of the allocation clock, so a
// deterministic program has the same epochs in each run; the end of the epoch
// counts as the moment of the use, which makes drag a lower bound. In mode
// `all` a target's drag goes to the field that it was last stored to.
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

  void birth(uint32_t Id);
  /// Before the record of \p Id goes.
  void death(uint32_t Id);
  /// realloc moved an allocation; both records are there.
  void move(uint32_t OldId, uint32_t NewId);
  /// The field of \p Site points to \p Value now.
  void hold(const retsan_site_v1 *Site, uint64_t Value);
  /// True if the subject of this index was the last to hold it, and it lives.
  bool isHeldBy(uint32_t Id, uint32_t Subject) const {
    return loadRelaxed(Lives[Id].Subject) == Subject + 1;
  }
  /// Sites may go with their module.
  void forgetSites();
  /// Memory of an allocation that shrank.
  void wipe(uint64_t Begin, uint64_t Size);
  /// All of a small allocation that goes, before anything was folded: then its
  /// life holds nothing.
  __attribute__((always_inline)) void wipeWhole(uint64_t Begin, uint64_t Size) {
    uint8_t *P = Shadow + ((Begin & AddressMask) >> 4);
    uint64_t N = (Size + 15) >> 4;
    for (; N >= 8; N -= 8, P += 8)
      __builtin_memset(P, 0, 8);
    for (N = N ? N : Size == 0; N; --N, ++P)
      *P = 0;
  }
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

  Lock Mutex; ///< Of epochs and sums.

private:
  static constexpr uint64_t AddressMask = (uint64_t(1) << 47) - 1;
  struct Life {
    uint32_t Subject; ///< Index plus 1; 0: no field was seen to hold it.
    uint32_t Birth, Last;
  };
  static uint64_t clockBytes();
  void nextEpoch();
  void fold();
  /// The youngest stamp of an allocation as an epoch, 0 for none; and wipes.
  uint32_t take(uint32_t Id);
  Moment endOf(uint32_t Epoch, const Moment &Now) const;
  void account(const Life &L, uint64_t Size, const Moment &Now,
               SubjectSums &S) const;
  uint32_t subjectOf(const retsan_site_v1 *Site);
  SubjectSums *sumsOf(uint32_t Subject);

  uint8_t *Shadow = nullptr;
  Life *Lives = nullptr;
  bool Failed = false;
  uint32_t Epoch = 1;     ///< The present one.
  uint32_t EpochBase = 0; ///< Epoch minus what is written to the shadow.
  uint64_t NextEpochAt = ~uint64_t(0);
  MapVector<Moment> Begins; ///< By epoch.
  MapVector<SubjectSums> Held;
  struct {
    const retsan_site_v1 *Site;
    uint32_t Subject;
  } Cache[1024] = {}; ///< By site.
};

} // namespace retsan

#endif
