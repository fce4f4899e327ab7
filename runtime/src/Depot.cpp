//===- Depot.cpp - where allocations were made ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Depot.h. Open addressing in a table of fixed size, at most half full.
//
//===----------------------------------------------------------------------===//

#include "Depot.h"
#include "Frames.h"

namespace retsan {

bool Depot::start(uint32_t MaxDepth, uint32_t MaxIds) {
  Frames = MaxDepth < MaxFrames ? MaxDepth : MaxFrames;
  Table = static_cast<uint32_t *>(mapMemory(TableSize * sizeof(uint32_t)));
  Words = static_cast<uint64_t *>(mapMemory(MaxWords * sizeof(uint64_t)));
  auto *Of =
      static_cast<uint32_t *>(mapMemory(size_t(MaxIds) * sizeof(uint32_t)));
  if (!Table || !Words || !Of)
    return false;
  storeRelease(StackOf, Of);
  return true;
}

bool Depot::same(uint32_t Stack, const uint64_t *Pcs, uint32_t Count) const {
  const uint64_t *W = Words + Stack;
  if (W[0] != Count)
    return false;
  for (uint32_t I = 0; I != Count; ++I)
    if (W[1 + I] != Pcs[I])
      return false;
  return true;
}

uint32_t Depot::put(const uint64_t *Pcs, uint32_t Count) {
  uint64_t Hash = Count;
  for (uint32_t I = 0; I != Count; ++I)
    Hash = (Hash ^ Pcs[I]) * 0x9e3779b97f4a7c15u;
  uint32_t Place = static_cast<uint32_t>(Hash >> 40);
  for (;; ++Place) {
    uint32_t &Entry = Table[Place & (TableSize - 1)];
    uint32_t Stack = loadAcquire(Entry);
    if (Stack) {
      if (same(Stack, Pcs, Count))
        return Stack;
      continue;
    }
    Mutex.lock();
    if (Entry) { // Another thread was faster.
      Mutex.unlock();
      --Place;
      continue;
    }
    bool Room = Used + 1 + Count <= MaxWords && Stacks < TableSize / 2;
    if (Room) {
      Stack = Used;
      Used += 1 + Count;
      ++Stacks;
      Words[Stack] = Count;
      for (uint32_t I = 0; I != Count; ++I)
        Words[Stack + 1 + I] = Pcs[I];
      storeRelease(Entry, Stack);
    } else {
      ++Dropped;
    }
    Mutex.unlock();
    return Stack;
  }
}

void Depot::born(uint32_t Id, const void *Frame) {
  uint64_t Pcs[MaxFrames];
  uint32_t Count = walkFrames(Frame, Pcs, Frames);
  StackOf[Id] = Count ? put(Pcs, Count) : 0;
}

void Depot::forget(uint64_t Begin, uint64_t End) {
  if (!on())
    return;
  uint32_t Number = 0;
  Mutex.lock();
  for (uint32_t At = 1; At < Used; At += 1 + static_cast<uint32_t>(Words[At]))
    for (uint64_t I = 1; I <= Words[At]; ++I) {
      uint64_t &Pc = Words[At + I];
      if (Pc - Begin >= End - Begin)
        continue;
      if (!Number && !(Number = rememberModule(Begin, End))) {
        Mutex.unlock();
        return;
      }
      // Stacks of what is loaded there next are others.
      storeRelaxed(Pc, goneAddress(Number, Pc));
    }
  Mutex.unlock();
}

uint32_t Depot::frames(uint32_t Stack, const uint64_t *&Pcs) const {
  if (!Stack)
    return 0;
  Pcs = Words + Stack + 1;
  return static_cast<uint32_t>(Words[Stack]);
}

} // namespace retsan
