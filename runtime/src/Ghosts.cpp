//===- Ghosts.cpp - phase 2: what only stale slots retain -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Phase 2 goes on where phase 1 ended: from the stale slots it finds what they
// alone lead to, the ghosts, and writes down the ways among them. A way by a
// stale slot is labelled with the slot's subject. Two questions are then put to
// this graph only, for 64 subjects at once, as sets that flow along its ways
// until nothing changes: which labels are on all ways to a ghost (each of those
// subjects alone retains it; in a graph with one root these are its dominators
// among the labels), and which on some (they share it). So phase 2 costs what
// the ghosts are, whatever the heap is, and hardly more for many subjects.
//
//===----------------------------------------------------------------------===//

#include "Mark.h"

namespace retsan {

/// A slot leads phase 2 only if phase 1 reached it: one in a ghost is followed
/// from there, one in lost memory retains nothing.
bool Marker::leads(const StaleSlot &S) const {
  return !S.Owner || (S.Owner < Limit && reached(S.Owner));
}

/// Calls \p F for each way from \p Id to an allocation that phase 1 did not
/// reach, with the subject of the slot if that is a stale one.
template <typename Fn> void Marker::eachTarget(uint32_t Id, Fn F) {
  uint64_t Start = R.Heap.startOf(Id), Size = R.Heap.sizeOf(Id);
  bool IsOwner = R.Heap.lists(Id).Owned != 0;
  auto Words = [&](uint64_t B, uint64_t E) {
    for (; B + 8 <= E; B += 8) {
      uint64_t Word =
          *reinterpret_cast<const uint64_t *>(B) & ShadowHeap::AddressMask;
      if (Word - Low > Span)
        continue;
      uint32_t T = R.Heap.find(Word);
      if (!T || T >= Limit || reached(T))
        continue;
      uint32_t By = NoSubject;
      if (IsOwner)
        if (const Instance *I = R.Fields.findSlot(B)) {
          if (I->Cond == Condition::Dangling)
            continue;
          if (I->Cond == Condition::Stale)
            By = I->SubjectIndex;
        }
      F(T, By);
    }
  };
  if (AnyUnreadable && Size >= 4096)
    forReadable(Start, Start + Size, Words);
  else
    Words(Start, Start + Size);
}

/// The number of the ghost \p Id, a new one if need be; NoSubject without
/// memory.
uint32_t Marker::ghost(uint32_t Id) {
  if (Numbers[Id])
    return Numbers[Id] - 1;
  if (!Ghosts.push({Id, NoSubject, 0}))
    return NoSubject;
  Marks[Id] = Ghost;
  Numbers[Id] = static_cast<uint32_t>(Ghosts.size());
  return Numbers[Id] - 1;
}

/// False without memory.
bool Marker::findGhosts() {
  Numbers = static_cast<uint32_t *>(mapMemory(Limit * sizeof(uint32_t)));
  if (!Numbers)
    return false;
  bool Good = true;
  for (const StaleSlot &S : StaleSlots)
    if (S.Target < Limit && !reached(S.Target) && leads(S))
      Good = Good && ghost(S.Target) != NoSubject;
  for (size_t I = 0; I != Ghosts.size() && Good; ++I) {
    Ghosts[I].FirstEdge = static_cast<uint32_t>(Edges.size());
    eachTarget(Ghosts[I].Id, [&](uint32_t To, uint32_t By) {
      uint32_t Number = ghost(To);
      Good = Good && Number != NoSubject && Edges.push({Number, By});
    });
  }
  FirstEntry = Edges.size();
  for (const StaleSlot &S : StaleSlots)
    if (S.Target < Limit && Numbers[S.Target] && leads(S))
      Good = Good && Edges.push({Numbers[S.Target] - 1, S.Subject});
  return Good && Edges.size() < NoSubject;
}

/// Up to 64 subjects, as bits.
struct Marker::Labels {
  uint32_t Subjects[64];
  uint32_t Count = 0;
  MapVector<uint64_t> Bits; ///< By subject.
  void add(uint32_t Subject) {
    Bits[Subject] = uint64_t(1) << Count;
    Subjects[Count++] = Subject;
  }
  void clear() {
    while (Count)
      Bits[Subjects[--Count]] = 0;
  }
  uint64_t bit(uint32_t Subject) const {
    return Subject == NoSubject ? 0 : Bits[Subject];
  }
};

/// Lets the sets \p Of flow: \p Join(at a ghost, what comes along a way) gives
/// the new set. Sets only grow, or only shrink, so this ends.
template <typename Fn>
void Marker::flow(uint64_t *Of, const Labels &L, Fn Join) {
  size_t Count = Ghosts.size();
  for (size_t E = FirstEntry; E != Edges.size(); ++E)
    Of[Edges[E].To] = Join(Of[Edges[E].To], L.bit(Edges[E].Subject));
  for (bool Changed = true; Changed;) {
    Changed = false;
    // In the order in which they were found: most ways lead forward.
    for (size_t I = 0; I != Count; ++I) {
      size_t End = I + 1 == Count ? FirstEntry : Ghosts[I + 1].FirstEdge;
      for (size_t E = Ghosts[I].FirstEdge; E != End; ++E) {
        uint32_t To = Edges[E].To, By = Edges[E].Subject;
        uint64_t New = Join(Of[To], Of[I] | L.bit(By));
        if (New == Of[To])
          continue;
        Of[To] = New;
        Changed |= To <= I;
      }
    }
  }
}

void Marker::phase2() {
  if (StaleSlots.empty())
    return;
  size_t Bytes = 0;
  uint64_t *All = nullptr, *Some = nullptr;
  if (findGhosts()) {
    Bytes = (Ghosts.size() + 1) * sizeof(uint64_t);
    All = static_cast<uint64_t *>(mapMemory(Bytes));
    Some = static_cast<uint64_t *>(mapMemory(Bytes));
  }
  if (!All || !Some) {
    Result.NoMemory = true;
    if (All)
      unmapMemory(All, Bytes);
    return;
  }
  for (const GhostObject &G : Ghosts)
    Result.GhostBytes += R.Heap.sizeOf(G.Id);
  Labels L;
  MapVector<uint8_t> HasStale;
  for (size_t X = 0; X != Subjects.size(); ++X)
    Result.NoMemory |= !HasStale.push(0) || !L.Bits.push(0);
  for (const StaleSlot &S : StaleSlots)
    if (!Result.NoMemory)
      HasStale[S.Subject] = 1;
  for (uint32_t X = 0; X != Subjects.size() && !Result.NoMemory; ++X) {
    if (HasStale[X])
      L.add(X);
    if (!L.Count || (L.Count != 64 && X + 1 != Subjects.size()))
      continue;
    for (size_t I = 0; I != Ghosts.size(); ++I) {
      All[I] = ~uint64_t(0);
      Some[I] = 0;
    }
    flow(All, L, [](uint64_t A, uint64_t B) { return A & B; });
    flow(Some, L, [](uint64_t A, uint64_t B) { return A | B; });
    for (size_t I = 0; I != Ghosts.size(); ++I) {
      uint64_t Size = R.Heap.sizeOf(Ghosts[I].Id);
      for (uint32_t N = 0; N != L.Count; ++N) {
        MarkSubject &S = Subjects[L.Subjects[N]];
        if (All[I] >> N & 1) {
          S.RetainedBytes += Size;
          ++S.RetainedObjects;
          Ghosts[I].Only = L.Subjects[N];
        } else if (Some[I] >> N & 1) {
          S.SharedBytes += Size;
        }
      }
    }
    L.clear();
  }
  HasStale.release();
  L.Bits.release();
  unmapMemory(All, Bytes);
  unmapMemory(Some, Bytes);
}

} // namespace retsan
