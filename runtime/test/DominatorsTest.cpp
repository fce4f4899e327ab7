//===- DominatorsTest.cpp - dominators against their definition -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A node dominates another if the other cannot be reached without it: on random
// graphs each node is taken out in turn. The immediate dominator is the one of
// them that has most dominators itself.
//
//===----------------------------------------------------------------------===//

#include "Dominators.h"

#include <gtest/gtest.h>
#include <random>
#include <vector>

using namespace retsan;

namespace {

constexpr uint32_t None = ~0u;

/// Ways by the node that they leave, then those that enter.
struct Graph {
  uint32_t Nodes = 0;
  std::vector<uint32_t> Ways, First;
  uint32_t numNodes() const { return Nodes; }
  uint32_t to(size_t Way) const { return Ways[Way]; }
  size_t firstWay(uint32_t N) const { return First[N]; }
  size_t endOfWays(uint32_t N) const { return First[N + 1]; }
  size_t firstEntry() const { return First[Nodes]; }
  size_t endOfEntries() const { return Ways.size(); }
};

Graph graphOf(const std::vector<std::vector<uint32_t>> &To,
              const std::vector<uint32_t> &Entries) {
  Graph G;
  G.Nodes = static_cast<uint32_t>(To.size());
  for (const auto &Of : To) {
    G.First.push_back(static_cast<uint32_t>(G.Ways.size()));
    G.Ways.insert(G.Ways.end(), Of.begin(), Of.end());
  }
  G.First.push_back(static_cast<uint32_t>(G.Ways.size()));
  G.Ways.insert(G.Ways.end(), Entries.begin(), Entries.end());
  return G;
}

std::vector<bool> reachableWithout(const Graph &G, uint32_t Gone) {
  std::vector<bool> Met(G.Nodes);
  std::vector<uint32_t> Work;
  auto Go = [&](size_t From, size_t To) {
    for (; From != To; ++From)
      if (uint32_t N = G.to(From); N != Gone && !Met[N]) {
        Met[N] = true;
        Work.push_back(N);
      }
  };
  Go(G.firstEntry(), G.endOfEntries());
  while (!Work.empty()) {
    uint32_t N = Work.back();
    Work.pop_back();
    Go(G.firstWay(N), G.endOfWays(N));
  }
  return Met;
}

/// By node; None: nothing but the root.
std::vector<uint32_t> byDefinition(const Graph &G) {
  std::vector<std::vector<bool>> Without;
  std::vector<uint32_t> Many(G.Nodes);
  for (uint32_t N = 0; N != G.Nodes; ++N) {
    Without.push_back(reachableWithout(G, N));
    for (uint32_t M = 0; M != G.Nodes; ++M)
      Many[M] += !Without[N][M];
  }
  std::vector<uint32_t> Out(G.Nodes, None);
  for (uint32_t N = 0; N != G.Nodes; ++N)
    for (uint32_t D = 0; D != G.Nodes; ++D)
      if (D != N && !Without[D][N] &&
          (Out[N] == None || Many[D] > Many[Out[N]]))
        Out[N] = D;
  return Out;
}

std::vector<uint32_t> byTheRuntime(const Graph &G) {
  std::vector<uint32_t> Words(
      Dominators::wordsFor(G.Nodes, static_cast<uint32_t>(G.Ways.size())));
  Dominators D;
  D.run(G, Words.data());
  EXPECT_EQ(D.last(), G.Nodes + Dominators::Root);
  std::vector<uint32_t> Out(G.Nodes, None);
  for (uint32_t N = Dominators::Root + 1; N <= D.last(); ++N) {
    EXPECT_LT(D.dominatorOf(N), N);
    if (D.dominatorOf(N) != Dominators::Root)
      Out[D.nodeOf(N)] = D.nodeOf(D.dominatorOf(N));
  }
  return Out;
}

} // namespace

TEST(Dominators, OfRandomGraphs) {
  std::mt19937 Random(1);
  auto Below = [&](uint32_t N) { return static_cast<uint32_t>(Random() % N); };
  for (int Round = 0; Round != 2000; ++Round) {
    uint32_t Nodes = 1 + Below(24);
    std::vector<std::vector<uint32_t>> To(Nodes);
    // Each is met from one before it or enters, so all are on some way.
    std::vector<uint32_t> Entries = {0};
    for (uint32_t N = 1; N != Nodes; ++N)
      if (Below(6))
        To[Below(N)].push_back(N);
      else
        Entries.push_back(N);
    for (uint32_t More = Below(Nodes * 2); More; --More)
      To[Below(Nodes)].push_back(Below(Nodes));
    Graph G = graphOf(To, Entries);
    ASSERT_EQ(byTheRuntime(G), byDefinition(G)) << "round " << Round;
  }
}

TEST(Dominators, OfALongList) {
  // No recursion: a million objects in a row, with a way back from each.
  constexpr uint32_t Nodes = 1000000;
  std::vector<std::vector<uint32_t>> To(Nodes);
  for (uint32_t N = 0; N != Nodes; ++N) {
    if (N + 1 != Nodes)
      To[N].push_back(N + 1);
    To[N].push_back(N / 2);
  }
  std::vector<uint32_t> Got = byTheRuntime(graphOf(To, {0}));
  for (uint32_t N = 1; N != Nodes; ++N)
    ASSERT_EQ(Got[N], N - 1);
  EXPECT_EQ(Got[0], None);
}
