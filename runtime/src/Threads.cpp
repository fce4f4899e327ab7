//===- Threads.cpp - what the field table keeps for each thread -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of counts and places for the quick path, and the variables on the
// thread's stack that the passes announced: slots in them are tracked until the
// function that has them returns. One that was left by longjmp is noticed when
// another is announced further up.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

namespace retsan {

void FieldTable::takeBlock() {
  ThreadBlock *B;
  if (!FreeBlocks.empty()) {
    B = FreeBlocks.pop();
  } else {
    B = static_cast<ThreadBlock *>(mapMemory(sizeof(ThreadBlock)));
    if (!B || !Blocks.push(B))
      return;
  }
  thread().Block = B;
  watchThreadEnd();
}

void FieldTable::endLocal(ThreadBlock::Local &L) {
  if (!L.HasInstances)
    return;
  for (uint64_t Slot = (L.Begin + 7) & ~uint64_t(7); Slot < L.End; Slot += 8)
    if (Instance *I = findSlot(Slot))
      destroy(*I);
}

/// What lies deeper than \p Sp was left without a word (longjmp), and what is
/// announced at the same address again begins anew.
void FieldTable::addLocal(uint64_t Begin, uint64_t End, uint64_t Sp) {
  ThreadBlock *B = thread().Block;
  if (!B)
    return;
  uint32_t Kept = 0;
  for (uint32_t N = 0; N != B->NumLocals; ++N) {
    ThreadBlock::Local &L = B->Locals[N];
    if (L.Begin < Sp || (L.Begin < End && Begin < L.End))
      endLocal(L);
    else
      B->Locals[Kept++] = L;
  }
  B->NumLocals = Kept;
  if (Kept != ThreadBlock::MaxLocals)
    B->Locals[B->NumLocals++] = {Begin, End, false};
}

void FieldTable::endLocals(uint64_t Begin) {
  ThreadBlock *B = thread().Block;
  uint32_t Kept = 0;
  for (uint32_t N = 0; N != B->NumLocals; ++N) {
    if (B->Locals[N].Begin == Begin)
      endLocal(B->Locals[N]);
    else
      B->Locals[Kept++] = B->Locals[N];
  }
  B->NumLocals = Kept;
}

void FieldTable::returnBlock() {
  if (ThreadBlock *B = thread().Block) {
    for (uint32_t N = 0; N != B->NumLocals; ++N)
      endLocal(B->Locals[N]);
    B->NumLocals = 0;
    FreeBlocks.push(B);
  }
  thread().Block = nullptr;
}

bool isLocal(uint64_t Slot) {
  ThreadBlock *B = thread().Block;
  for (uint32_t N = B ? B->NumLocals : 0; N; --N) {
    ThreadBlock::Local &L = B->Locals[N - 1];
    if (Slot >= L.Begin && Slot + sizeof(void *) <= L.End)
      return L.HasInstances = true;
  }
  return false;
}

} // namespace retsan
