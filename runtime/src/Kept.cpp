//===- Kept.cpp - ghosts by subject and by where they were allocated ------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// collect() runs while threads are stopped: mapped memory only, no recursion.
//
//===----------------------------------------------------------------------===//

#include "Kept.h"
#include "Frames.h"

#include <retsan/profile_format.h>

namespace retsan {

/// Null if there is no room for another row.
Kept::Row *Kept::rowOf(uint32_t Subject, uint32_t Stack) {
  uint64_t Hash = (uint64_t(Subject) << 32 | Stack) * 0x9e3779b97f4a7c15u >> 40;
  for (;; ++Hash) {
    uint32_t &Place = Places[Hash & (NumPlaces - 1)];
    if (!Place) {
      if (Rows.size() == NumPlaces / 2 || !Rows.push({Subject, Stack, 0, 0}))
        return nullptr;
      Place = static_cast<uint32_t>(Rows.size());
    }
    Row &Found = Rows[Place - 1];
    if (Found.Subject == Subject && Found.Stack == Stack)
      return &Found;
  }
}

void Kept::collect(const Marker &M) {
  Places = static_cast<uint32_t *>(mapMemory(NumPlaces * sizeof(uint32_t)));
  if (!Places)
    return;
  M.forEachGhost([&](uint32_t Id, uint32_t Subject) {
    Row *To = rowOf(Subject, R.Stacks.stackOf(Id));
    if (!To)
      To = rowOf(Subject, 0);
    if (!To)
      return;
    To->Bytes += R.Heap.sizeOf(Id);
    ++To->Objects;
  });
}

/// Largest first; rows of a deterministic program come in one order.
void Kept::sort() {
  auto Before = [](const Row &A, const Row &B) {
    if (A.Bytes != B.Bytes)
      return A.Bytes > B.Bytes;
    return A.Subject != B.Subject ? A.Subject < B.Subject : A.Stack < B.Stack;
  };
  Rows.sort(Before);
}

void Kept::write(ProfileWriter &W) {
  constexpr size_t MaxRows = 1000;
  sort();
  size_t Count = Rows.size() < MaxRows ? Rows.size() : MaxRows;
  W.Mutex.lock();
  W.begin(RETSAN_REC_KEPT);
  W.u32(static_cast<uint32_t>(Count));
  for (size_t I = 0; I != Count; ++I) {
    const Row &X = Rows[I];
    W.u64(X.Subject == Marker::NoSubject ? 0 : R.Fields.subject(X.Subject).Id);
    W.u64(X.Bytes).u64(X.Objects);
    const uint64_t *Pcs = nullptr;
    uint32_t Frames = R.Stacks.frames(X.Stack, Pcs);
    writeFrames(W, Pcs, Frames);
  }
  W.end();
  W.Mutex.unlock();
}

void Kept::release() {
  if (Places)
    unmapMemory(Places, NumPlaces * sizeof(uint32_t));
  Places = nullptr;
  Rows.release();
}

} // namespace retsan
