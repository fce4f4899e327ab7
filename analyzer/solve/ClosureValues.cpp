//===- ClosureValues.cpp - guard values that nobody tells apart -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A state number may take thousands of values of which a subject's operations
// ask for one or two. Values between which no operation tells are one state to
// the subject, known by the value that came first.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Closure.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace llvm;

namespace retsan::solve {

void Closure::findEdges() {
  constexpr size_t Many = 48; // Enumerations are told by all their values.
  Edges.assign(Guards.size(), {});
  for (size_t G = 0; G < Guards.size(); ++G) {
    std::set<int64_t> Given, Begin;
    auto Edge = [&](int64_t V, bool After) {
      if (!After || V != Con::Max)
        Begin.insert(V + After);
    };
    for (const Transition &Tr : T) {
      if (Tr.PostG[G] && Tr.PostG[G]->isConst())
        Given.insert(Tr.PostG[G]->Lo);
      const Con &Pre = Tr.PreG[G];
      Edge(Pre.Lo, false);
      Edge(Pre.Hi, true);
      for (unsigned I = 0; I < Pre.NumNe; ++I) {
        Edge(Pre.Ne[I], false);
        Edge(Pre.Ne[I], true);
      }
    }
    if (Given.size() > Many)
      Edges[G].assign(Begin.begin(), Begin.end());
  }
}

std::optional<int64_t> Closure::edgeBelow(size_t G, const Con &C) const {
  if (Edges.empty() || Edges[G].empty() || !C.isConst())
    return std::nullopt;
  auto Above = llvm::upper_bound(Edges[G], C.Lo);
  return Above == Edges[G].begin() ? Con::Min : *std::prev(Above);
}

bool Closure::sameGuards(const AbstractState &A, const AbstractState &B) const {
  for (size_t G = 0; G < Guards.size(); ++G) {
    if (A.G[G] == B.G[G])
      continue;
    std::optional<int64_t> Of = edgeBelow(G, A.G[G]);
    if (!Of || Of != edgeBelow(G, B.G[G]))
      return false;
  }
  return true;
}

} // namespace retsan::solve
