//===- Dominators.h - what is on all ways to a node -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The immediate dominator of each node of a graph, from the ways that enter it:
// Lengauer and Tarjan, "A Fast Algorithm for Finding Dominators in a Flowgraph"
// (1979), the simple version, O(ways * log nodes). Nodes are numbered in the
// order of a depth-first search: 1 is what all ways start from, and a node's
// dominator has a lower number than the node. No recursion and no memory but
// what the caller gives, since it runs while threads are stopped.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_DOMINATORS_H
#define RETSAN_RUNTIME_DOMINATORS_H

#include <stddef.h>
#include <stdint.h>

namespace retsan {

class Dominators {
public:
  static constexpr uint32_t Root = 1;

  /// Words that run() needs, zeroed.
  static size_t wordsFor(uint32_t Nodes, uint32_t Ways) {
    return (size_t(Nodes) + 3) * NumArrays + Ways;
  }
  /// \p G has numNodes(), the way that is numbered N as to(N), the ways of a
  /// node as firstWay(Node) and endOfWays(Node), and those that enter from
  /// firstEntry() to endOfEntries(). All nodes must be on some way.
  template <typename Graph> void run(const Graph &G, uint32_t *Words);

  /// Of numbers 2 to last(): the node, and the number of its dominator.
  uint32_t last() const { return Last; }
  uint32_t nodeOf(uint32_t Number) const { return Node[Number]; }
  uint32_t dominatorOf(uint32_t Number) const { return Idom[Number]; }

private:
  static constexpr size_t NumArrays = 11;
  template <typename Graph> void number(const Graph &G);
  template <typename Graph> void collectSources(const Graph &G);
  uint32_t leastOnWayTo(uint32_t Number);

  uint32_t Last = 0;
  uint32_t *Node = nullptr;   ///< By number.
  uint32_t *Number = nullptr; ///< By node; 0: not met.
  uint32_t *Parent = nullptr, *Semi = nullptr, *Idom = nullptr;
  uint32_t *Ancestor = nullptr, *Label = nullptr; ///< The forest of links.
  uint32_t *Bucket = nullptr, *NextIn = nullptr;
  uint32_t *Path = nullptr; ///< Way up that is being shortened; cursors before.
  uint32_t *FirstSource = nullptr;
  uint32_t *Sources = nullptr; ///< Numbers from which ways lead to a number.
};

template <typename Graph> void Dominators::number(const Graph &G) {
  Last = Root;
  auto Meet = [&](uint32_t N, uint32_t From) {
    Number[N] = ++Last;
    Node[Last] = N;
    Parent[Last] = From;
    Path[Last] = static_cast<uint32_t>(G.firstWay(N));
  };
  for (size_t E = G.firstEntry(); E != G.endOfEntries(); ++E) {
    if (Number[G.to(E)])
      continue;
    Meet(G.to(E), Root);
    for (uint32_t At = Last; At != Root;) {
      if (Path[At] == G.endOfWays(Node[At])) {
        At = Parent[At];
        continue;
      }
      uint32_t To = G.to(Path[At]++);
      if (Number[To])
        continue;
      Meet(To, At);
      At = Last;
    }
  }
}

/// Turns the ways around: by the number that they lead to.
template <typename Graph> void Dominators::collectSources(const Graph &G) {
  auto EachWay = [&](auto F) {
    for (size_t E = G.firstEntry(); E != G.endOfEntries(); ++E)
      F(Root, Number[G.to(E)]);
    for (uint32_t N = Root + 1; N <= Last; ++N)
      for (size_t E = G.firstWay(Node[N]); E != G.endOfWays(Node[N]); ++E)
        F(N, Number[G.to(E)]);
  };
  // Where each number's sources end; then, filled from there, where they begin.
  EachWay([&](uint32_t, uint32_t To) { ++FirstSource[To]; });
  for (uint32_t N = Root; N <= Last; ++N)
    FirstSource[N] += FirstSource[N - 1];
  FirstSource[Last + 1] = FirstSource[Last];
  EachWay(
      [&](uint32_t From, uint32_t To) { Sources[--FirstSource[To]] = From; });
}

/// Of the numbers on the way up to the root of \p Number's tree in the forest,
/// without that: the one with the least Semi. The way is shortened.
inline uint32_t Dominators::leastOnWayTo(uint32_t N) {
  if (!Ancestor[N])
    return Label[N];
  uint32_t Length = 0;
  for (uint32_t At = N; Ancestor[Ancestor[At]]; At = Ancestor[At])
    Path[Length++] = At;
  while (Length) {
    uint32_t At = Path[--Length], Up = Ancestor[At];
    if (Semi[Label[Up]] < Semi[Label[At]])
      Label[At] = Label[Up];
    Ancestor[At] = Ancestor[Up];
  }
  return Label[N];
}

template <typename Graph>
void Dominators::run(const Graph &G, uint32_t *Words) {
  size_t Length = size_t(G.numNodes()) + 3;
  uint32_t **Arrays[NumArrays] = {&Node,   &Number,   &Parent,     &Semi,
                                  &Idom,   &Ancestor, &Label,      &Bucket,
                                  &NextIn, &Path,     &FirstSource};
  for (uint32_t **A : Arrays) {
    *A = Words;
    Words += Length;
  }
  Sources = Words;
  number(G);
  collectSources(G);
  for (uint32_t N = Root; N <= Last; ++N)
    Semi[N] = Label[N] = N;
  for (uint32_t N = Last; N != Root; --N) {
    for (uint32_t S = FirstSource[N]; S != FirstSource[N + 1]; ++S) {
      uint32_t Least = leastOnWayTo(Sources[S]);
      if (Semi[Least] < Semi[N])
        Semi[N] = Semi[Least];
    }
    NextIn[N] = Bucket[Semi[N]];
    Bucket[Semi[N]] = N;
    Ancestor[N] = Parent[N];
    uint32_t &In = Bucket[Parent[N]];
    for (uint32_t V = In; V; V = NextIn[V]) {
      uint32_t Least = leastOnWayTo(V);
      Idom[V] = Semi[Least] < Semi[V] ? Least : Parent[N];
    }
    In = 0;
  }
  for (uint32_t N = Root + 1; N <= Last; ++N)
    if (Idom[N] != Semi[N])
      Idom[N] = Idom[Idom[N]];
}

} // namespace retsan

#endif
