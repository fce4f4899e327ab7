//===- Graph.h - the states of an object, drawn ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The object-state graph of a finding: which states the record can be in
// between two calls, which call leads from one to the other, and where the
// finding is. Findings that carry no graph are drawn from their witness.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_GRAPH_H
#define RETSAN_ANALYZER_REPORT_GRAPH_H

#include "analyzer/model/Findings.h"
#include "llvm/Support/raw_ostream.h"

namespace retsan::report {

/// \p X's graph, or the path of its witness.
StateGraph graphOf(const Finding &X);

/// Does \p E of \p G lie on the path that the witness of \p X takes?
bool isOnWitness(const Finding &X, const StateGraph &G, const StateEdge &E);

/// For Graphviz: states, calls, the witness in bold, readers and clearers of
/// the finding's state.
std::string toDot(const Finding &X);

/// One line a state, below it one a call that leads on.
void printGraph(const Finding &X, llvm::raw_ostream &OS);

} // namespace retsan::report

#endif
