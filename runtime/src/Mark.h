//===- Mark.h - the two-phase mark ----------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   phase 1   roots ──▶ heap, but not through stale or dangling slots
//   phase 2   stale slots ──▶ what is not marked yet: ghost-retained
//
// Phase 2 is a continuation: its cost is the ghost part of the heap. What a
// subject retains alone is what the other subjects' slots do not lead to, that
// is what would go if its slots were cleared: one more walk over the ghosts for
// each subject. What it reaches beyond that is shared.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_MARK_H
#define RETSAN_RUNTIME_MARK_H

#include "MarkOwn.h"

namespace retsan {

struct MarkSubject {
  uint64_t Live, Stale, StaleShared, Dangling;
  uint64_t RetainedBytes, RetainedObjects, SharedBytes;
};

struct MarkResult {
  uint64_t HeapBytes = 0, HeapObjects = 0;
  uint64_t ReachableBytes = 0, GhostBytes = 0, UnreachableBytes = 0;
  bool NoMemory = false; ///< For phase 2, which knows nothing then.
};

/// A queue of fixed length.
template <typename T, uint32_t N> class Ring {
public:
  bool empty() const { return Count == 0; }
  bool full() const { return Count == N; }
  void put(const T &X) { Items[(Head + Count++) % N] = X; }
  T take() {
    T X = Items[Head];
    Head = (Head + 1) % N;
    --Count;
    return X;
  }

private:
  T Items[N];
  uint32_t Head = 0, Count = 0;
};

class Marker {
public:
  /// \p NumSubjects results are kept. False without memory.
  bool start(size_t NumSubjects);
  /// Reads the process's mappings; with the world stopped.
  void readMaps();
  /// Slots that phase 1 must not follow; refreshAll() set their conditions.
  void collectSlots();

  void rootRange(uint64_t Begin, uint64_t End);
  void rootWord(uint64_t Word);
  /// Everything that a stopped thread can reach: registers, stack,
  /// thread-locals.
  enum : unsigned { StackPart = 1, TlsPart = 2 };
  void rootThread(uint64_t Sp, uint64_t ThreadPointer, bool IsMain,
                  uint64_t StaticTls, unsigned Parts = StackPart | TlsPart);

  bool hasStaleSlots() const { return !StaleSlots.empty(); }
  /// Remembers of which stale slots the targets are reached already.
  void noteReached();
  /// How many targets, and bytes, are reached that were not then.
  uint64_t reachedSince(uint64_t &Bytes) const;

  /// From here on rootRange() only writes down what it is given.
  void collectRanges(MapVector<Range> &Into) { Collected = &Into; }
  /// Calls \p F for the parts of a range that may be read.
  template <typename Fn>
  void forReadable(uint64_t Begin, uint64_t End, Fn F) const {
    size_t Lo = 0, Hi = Maps.size();
    while (Lo != Hi) {
      size_t Mid = (Lo + Hi) / 2;
      if (Maps[Mid].End <= Begin)
        Lo = Mid + 1;
      else
        Hi = Mid;
    }
    for (; Lo != Maps.size() && Maps[Lo].Begin < End; ++Lo) {
      if (!Maps[Lo].Readable)
        continue;
      uint64_t B = Maps[Lo].Begin > Begin ? Maps[Lo].Begin : Begin;
      uint64_t E = Maps[Lo].End < End ? Maps[Lo].End : End;
      if (B < E)
        F(B, E);
    }
  }

  void finishPhase1();
  /// Memory ran out: what was not reached is not known.
  bool failed() const { return UseOwn && Own.failed(); }
  bool anyUnreadable() const { return AnyUnreadable; }
  /// Phase 1 must not follow what is in the slot.
  bool skips(uint64_t Slot) const;
  void phase2();
  static constexpr uint32_t NoSubject = ~0u;
  /// Calls \p F(id, subject) for each ghost; NoSubject: several retain it.
  template <typename Fn> void forEachGhost(Fn F) const {
    for (size_t I = 0; I != Ghosts.size(); ++I)
      F(Ghosts[I].Id, Ghosts[I].Only);
  }
  /// What phase 1 did not reach and stale slots lead to, with all ways in it.
  struct GhostObject {
    uint32_t Id;
    uint32_t Only; ///< Subject that alone retains it, or NoSubject.
    uint32_t FirstEdge;
  };
  const GhostObject &ghostAt(size_t I) const { return Ghosts[I]; }
  /// As Dominators.h wants it.
  class GhostGraph {
  public:
    explicit GhostGraph(const Marker &M) : M(M) {}
    uint32_t numNodes() const { return static_cast<uint32_t>(M.Ghosts.size()); }
    uint32_t numWays() const { return static_cast<uint32_t>(M.Edges.size()); }
    uint32_t to(size_t Way) const { return M.Edges[Way].To; }
    size_t firstWay(uint32_t I) const { return M.Ghosts[I].FirstEdge; }
    size_t endOfWays(uint32_t I) const {
      return I + 1 == numNodes() ? M.FirstEntry : M.Ghosts[I + 1].FirstEdge;
    }
    size_t firstEntry() const { return M.FirstEntry; }
    size_t endOfEntries() const { return M.Edges.size(); }

  private:
    const Marker &M;
  };
  GhostGraph ghostGraph() const { return GhostGraph(*this); }
  /// Sums over all records, and conditions by subject.
  void sum();
  void release();

  MarkResult Result;
  MapVector<MarkSubject> Subjects;

private:
  struct Mapping {
    uint64_t Begin, End;
    bool Readable;
  };
  struct StaleSlot {
    uint32_t Subject;
    uint32_t Target;
    uint32_t Owner; ///< 0: in a global or a registered root.
    bool WasReached = false;
  };
  bool leads(const StaleSlot &S) const;
  struct Edge {
    uint32_t To;      ///< Index into Ghosts.
    uint32_t Subject; ///< By a stale slot of it, or NoSubject.
  };
  struct Labels;
  static constexpr uint8_t Reached = 1, Ghost = 2;

  struct Candidate {
    uint64_t Word;
    uint32_t Id;
  };

  void mark(uint64_t Word);
  void lookUp(uint64_t Word);
  void visit(Candidate C);
  void scan(uint32_t Id);
  void scanWords(uint64_t Begin, uint64_t End);
  void scanOwner(uint64_t Begin, uint64_t End);
  void drain();
  template <typename Fn> void eachTarget(uint32_t Id, Fn F);
  uint32_t ghost(uint32_t Id);
  bool findGhosts();
  template <typename Fn> void flow(uint64_t *Of, const Labels &L, Fn Join);
  bool reached(uint32_t Id) const {
    return UseOwn ? Own.reached(Id) : Marks[Id] == Reached;
  }
  const Mapping *mappingOf(uint64_t Address) const;

  OwnMark Own; ///< Phase 1, where the allocator is our own.
  bool UseOwn = false;
  uint8_t *Marks = nullptr;    ///< By id: Reached (by phase 1), Ghost.
  uint32_t *Numbers = nullptr; ///< By id: index into Ghosts plus 1.
  uint32_t Limit = 0;
  uint64_t Low = 0, Span = 0;
  bool AnyUnreadable = false;
  Ring<uint64_t, 16> Words;
  Ring<Candidate, 16> Candidates;
  MapVector<Candidate> Reachable; ///< To be scanned, with their start.
  MapVector<Mapping> Maps;
  MapVector<Range> *Collected = nullptr;
  MapVector<uint64_t> SkippedRoots; ///< Sorted; slots outside the heap.
  MapVector<StaleSlot> StaleSlots;
  MapVector<GhostObject> Ghosts;
  MapVector<Edge> Edges; ///< By FirstEdge; then those that enter.
  size_t FirstEntry = 0; ///< Into Edges.
};

} // namespace retsan

#endif
