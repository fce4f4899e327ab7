//===- Quarantine.cpp - freed memory that is not used again yet -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Quarantine.h.
//
//===----------------------------------------------------------------------===//

#include "Quarantine.h"

namespace retsan {

void Quarantine::release(OwnHeap &Heap, const OwnHeap::Place &P,
                         uint64_t Size) {
  // A few that leave at a time are released without the lock.
  constexpr unsigned Batch = 16;
  OwnHeap::Place Leaving[Batch];
  unsigned Count = 0;
  Guard.lock();
  if (Size > Limit || !Entries.push({P, Size})) {
    Guard.unlock();
    Heap.release(P);
    return;
  }
  Heap.hold(P);
  Held += Size;
  while (Held > Limit && Count != Batch) {
    const Entry &E = Entries[First++];
    Held -= E.Size;
    Leaving[Count++] = E.Place;
  }
  // Each entry is moved once for each that left.
  if (First > Entries.size() / 2) {
    Entries.dropFirst(First);
    First = 0;
  }
  Guard.unlock();
  for (unsigned N = 0; N != Count; ++N)
    Heap.release(Leaving[N]);
}

} // namespace retsan
