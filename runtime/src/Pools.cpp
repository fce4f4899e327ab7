//===- Pools.cpp - memory that the program's own pool takes back ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// To malloc a pool is one allocation that stays. retsan_pool_free() tells that
// a part of it is dead: slots in it end, slots that point into it dangle, as
// after a free. They are found through the pool's own allocation, or, in memory
// of mmap, by looking at all.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <retsan/api.h>

namespace retsan {

void FieldTable::onPoolFree(uint64_t Begin, uint64_t Size) {
  for (uint64_t Slot = (Begin + 7) & ~uint64_t(7); Slot + 8 <= Begin + Size;
       Slot += 8)
    if (Instance *I = findSlot(Slot))
      destroy(*I);
  bindLoose();
  Moment M = now();
  auto End = [&](Instance &I) {
    if (I.Value - Begin >= Size || I.TargetFreed)
      return;
    I.TargetSize = Begin + Size - I.Value;
    unlinkTarget(I);
    targetFreed(I, M);
  };
  uint32_t Id = R.Heap.find(Begin);
  if (!Id) {
    forEachInstance(End);
    return;
  }
  for (uint32_t N = R.Heap.lists(Id).Incoming, Next; N; N = Next) {
    Next = Pool[N].NextIn;
    End(Pool[N]);
  }
}

} // namespace retsan

using namespace retsan;

RETSAN_EXPORT void retsan_pool_free(const void *Begin, size_t Size) {
  if (!running() || thread().Depth || !Size)
    return;
  RuntimeScope Scope;
  R.Fields.Mutex.lock();
  R.Fields.onPoolFree(reinterpret_cast<uint64_t>(Begin), Size);
  R.Fields.Mutex.unlock();
}
