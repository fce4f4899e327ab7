//===- Quarantine.h - freed memory that is not used again yet -------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Option quarantine_size_mb, back end `own`: what was freed is held back, first
// in, first out, until so many bytes were freed after it. Until then nothing
// else lies at its address: a dangling pointer that code without
// instrumentation follows finds what it left there, and a second free of it is
// noticed. An allocation in here is dead to all look-ups.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_QUARANTINE_H
#define RETSAN_RUNTIME_QUARANTINE_H

#include "OwnHeap.h"

namespace retsan {

class Quarantine {
public:
  void start(uint64_t Bytes) { Limit = Bytes; }
  bool on() const { return Limit != 0; }
  /// Instead of Heap.release(): for \p P, or for what makes room for it.
  void release(OwnHeap &Heap, const OwnHeap::Place &P, uint64_t Size);
  void lockForFork() { Guard.lock(); }
  void unlockAfterFork() { Guard.unlock(); }

private:
  struct Entry {
    OwnHeap::Place Place;
    uint64_t Size;
  };
  Lock Guard;
  uint64_t Limit = 0, Held = 0;
  MapVector<Entry> Entries;
  size_t First = 0; ///< What lies before it has left.
};

} // namespace retsan

#endif
