//===- FlowGraph.h - what is known of one function's control flow ---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reverse post-order, dominators, loops, and liveness of locals and registers:
// computed once for each function, asked by every analysis that runs over it.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_FLOWGRAPH_H
#define RETSAN_ANALYZER_SOLVE_FLOWGRAPH_H

#include "analyzer/model/Facts.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <vector>

namespace retsan::solve {

struct FlowGraph {
  std::vector<llvm::SmallVector<uint32_t, 4>> Succs, Preds;
  std::vector<uint32_t> Order; ///< Reachable blocks in reverse post-order.
  std::vector<uint32_t>
      Position; ///< Block to its index in Order; None if unreachable.
  std::vector<uint32_t> Idom; ///< Immediate dominator; the entry's is itself.
  std::vector<uint8_t> LoopDepth; ///< Number of natural loops around the block.
  std::vector<bool> LoopHead;     ///< Target of a back edge.
  std::vector<llvm::BitVector> LiveLocals; ///< At the block's entry.
  std::vector<llvm::BitVector> LiveRegs;   ///< At the block's entry.
  llvm::BitVector AddressTaken;            ///< Locals.
  /// Register to the instructions that set it.
  std::vector<llvm::SmallVector<const facts::Instr *, 1>> Defs;
  /// Local to the instructions that store a whole value in it.
  std::vector<llvm::SmallVector<const facts::Instr *, 1>> LocalStores;

  explicit FlowGraph(const facts::Function &F);
  bool dominates(uint32_t A, uint32_t B) const;
  bool isBackEdge(uint32_t From, uint32_t To) const {
    return Position[From] != facts::None && dominates(To, From);
  }
};

/// Whether every way from behind \p Line to a return passes an instruction that
/// \p Stops tells, and some way there is.
bool passesOnEveryWay(const facts::Function &F, const facts::SrcLoc &Line,
                      llvm::function_ref<bool(const facts::Instr &)> Stops);

} // namespace retsan::solve

#endif
