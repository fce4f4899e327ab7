//===- Depot.h - where allocations were made ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   allocation id ──▶ StackOf[id] ──▶ Words: length, return addresses …
//                                        ▲
//        Table[hash of the addresses] ───┘
//
// Each distinct stack is kept once, for ever. A look-up of one that is there
// takes no lock: entries are written before the table shows them. Off unless
// the option `stacks` says how many frames; full, it gives out stack 0, which
// has none, and counts.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_DEPOT_H
#define RETSAN_RUNTIME_DEPOT_H

#include "Sys.h"

namespace retsan {

class Depot {
public:
  static constexpr uint32_t MaxFrames = 32;

  /// False if there is no memory for it.
  bool start(uint32_t Frames, uint32_t MaxIds);
  bool on() const { return RETSAN_UNLIKELY(loadRelaxed(StackOf) != nullptr); }

  /// The allocation \p Id was made by the function of \p Frame, for its caller.
  void born(uint32_t Id, const void *Frame);
  uint32_t stackOf(uint32_t Id) const { return StackOf ? StackOf[Id] : 0; }
  /// Number of frames of \p Stack; the innermost is first.
  uint32_t frames(uint32_t Stack, const uint64_t *&Pcs) const;
  /// A module goes: its addresses in [Begin, End) keep their names.
  void forget(uint64_t Begin, uint64_t End);
  uint64_t dropped() const { return Dropped; }

  Lock Mutex; ///< Of what is added.

private:
  uint32_t put(const uint64_t *Pcs, uint32_t Count);
  bool same(uint32_t Stack, const uint64_t *Pcs, uint32_t Count) const;

  static constexpr uint32_t TableSize = 1u << 20;
  static constexpr uint32_t MaxWords = 1u << 24;
  uint32_t Frames = 0;
  uint32_t *StackOf = nullptr;
  uint32_t *Table = nullptr;
  uint64_t *Words = nullptr;
  uint32_t Used = 1; ///< Of Words.
  uint32_t Stacks = 0;
  uint64_t Dropped = 0;
};

} // namespace retsan

#endif
