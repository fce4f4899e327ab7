//===- GhostTree.cpp - which ghosts hold which ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// collect() runs while threads are stopped: mapped memory only, no recursion,
// and for each ghost a bounded number of words.
//
//===----------------------------------------------------------------------===//

#include "GhostTree.h"
#include "Frames.h"

#include <retsan/profile_format.h>

namespace retsan {

bool GhostTree::isLike(const Row &X, uint32_t Subject, uint32_t Stack,
                       uint64_t Size) {
  return X.Subject == Subject && X.Stack == Stack && (Stack || X.Size == Size);
}

/// Row plus 1; 0 if there is no room for another.
uint32_t GhostTree::rowOf(uint32_t Above, uint32_t Subject, uint32_t Stack,
                          uint64_t Size) {
  constexpr uint64_t Golden = 0x9e3779b97f4a7c15u;
  uint64_t Hash = (uint64_t(Above) << 32 | Stack) * Golden;
  Hash = (Hash ^ Hash >> 29 ^ Subject) * Golden;
  Hash = (Hash ^ Hash >> 29 ^ (Stack ? 0 : Size)) * Golden;
  for (Hash >>= 40;; ++Hash) {
    uint32_t &Place = Places[Hash & (NumPlaces - 1)];
    if (!Place) {
      if (Rows.size() == NumPlaces / 2 ||
          !Rows.push({Above, Subject, Stack, 0, Size, 0, 0, 0}))
        return 0;
      Place = static_cast<uint32_t>(Rows.size());
    }
    const Row &Found = Rows[Place - 1];
    if (Found.Above == Above && isLike(Found, Subject, Stack, Size))
      return Place;
  }
}

/// The row of each number is known before those of what it dominates.
void GhostTree::build(const Marker &M, const Dominators &D, uint64_t *Below,
                      uint32_t *RowOf) {
  auto IdOf = [&](uint32_t N) { return M.ghostAt(D.nodeOf(N)).Id; };
  for (uint32_t N = D.last(); N != Dominators::Root; --N) {
    Below[N] += R.Heap.sizeOf(IdOf(N));
    Below[D.dominatorOf(N)] += Below[N];
  }
  for (uint32_t N = Dominators::Root + 1; N <= D.last(); ++N) {
    uint64_t Size = R.Heap.sizeOf(IdOf(N));
    uint32_t Stack = R.Stacks.stackOf(IdOf(N)), Above = RowOf[D.dominatorOf(N)],
             Subject = M.ghostAt(D.nodeOf(N)).Only;
    bool Inside = Above && isLike(Rows[Above - 1], Subject, Stack, Size);
    uint32_t Place = Inside ? Above : rowOf(Above, Subject, Stack, Size);
    // Without room they count among those that hold them.
    RowOf[N] = Place ? Place : Above;
    if (!RowOf[N])
      continue;
    Row &To = Rows[RowOf[N] - 1];
    ++To.Objects;
    To.Bytes += Size;
    if (To.Size != Size)
      To.Size = 0;
    if (RowOf[N] != Above)
      To.Retained += Below[N];
  }
}

void GhostTree::collect(const Marker &M) {
  Marker::GhostGraph G = M.ghostGraph();
  if (!G.numNodes())
    return;
  Places = static_cast<uint32_t *>(mapMemory(NumPlaces * sizeof(uint32_t)));
  size_t Numbers = size_t(G.numNodes()) + 2;
  size_t Bytes =
      Numbers * (sizeof(uint64_t) + sizeof(uint32_t)) +
      Dominators::wordsFor(G.numNodes(), G.numWays()) * sizeof(uint32_t);
  auto *Below = static_cast<uint64_t *>(mapMemory(Bytes));
  if (Places && Below) {
    auto *RowOf = reinterpret_cast<uint32_t *>(Below + Numbers);
    Dominators D;
    D.run(G, RowOf + Numbers);
    build(M, D, Below, RowOf);
  }
  if (Below)
    unmapMemory(Below, Bytes);
}

/// By what they retain, most first. What holds a row comes before it: it
/// retains as much, and was made first.
void GhostTree::sort(MapVector<uint32_t> &Order) {
  for (uint32_t I = 0; I != Rows.size(); ++I)
    Order.push(I);
  auto Before = [&](uint32_t A, uint32_t B) {
    return Rows[A].Retained != Rows[B].Retained
               ? Rows[A].Retained > Rows[B].Retained
               : A < B;
  };
  Order.sort(Before);
}

void GhostTree::write(ProfileWriter &W) {
  constexpr size_t MaxRows = 1000;
  if (Rows.empty())
    return;
  MapVector<uint32_t> Order;
  sort(Order);
  size_t Count = Order.size() < MaxRows ? Order.size() : MaxRows;
  for (uint32_t I = 0; I != Count; ++I)
    Rows[Order[I]].Rank = I + 1;
  W.Mutex.lock();
  W.begin(RETSAN_REC_DOMINATORS);
  W.u32(static_cast<uint32_t>(Count));
  for (size_t I = 0; I != Count; ++I) {
    const Row &X = Rows[Order[I]];
    W.u32(X.Above ? Rows[X.Above - 1].Rank : 0);
    W.u64(X.Subject == Marker::NoSubject ? 0 : R.Fields.subject(X.Subject).Id);
    W.u64(X.Size).u64(X.Objects).u64(X.Bytes).u64(X.Retained);
    const uint64_t *Pcs = nullptr;
    uint32_t Frames = R.Stacks.frames(X.Stack, Pcs);
    writeFrames(W, Pcs, Frames);
  }
  W.end();
  W.Mutex.unlock();
  Order.release();
}

void GhostTree::release() {
  if (Places)
    unmapMemory(Places, NumPlaces * sizeof(uint32_t));
  Places = nullptr;
  Rows.release();
}

} // namespace retsan
