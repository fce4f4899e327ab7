//===- FlowGraphTest.cpp - dominators, loops, liveness --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/FlowGraph.h"
#include "gtest/gtest.h"

using namespace retsan::facts;
using retsan::solve::FlowGraph;

namespace {

Terminator go(std::vector<uint32_t> Succs) {
  Terminator T;
  T.Kind = Succs.empty()       ? Terminator::Return
           : Succs.size() == 1 ? Terminator::Goto
                               : Terminator::Branch;
  T.Succs = std::move(Succs);
  return T;
}

/// 0 -> 1; 1 -> 2, 4; 2 -> 3; 3 -> 1; 4 returns; 5 is unreachable.
Function loop() {
  Function F;
  F.Blocks.resize(6);
  F.Blocks[0].Term = go({1});
  F.Blocks[1].Term = go({2, 4});
  F.Blocks[2].Term = go({3});
  F.Blocks[3].Term = go({1});
  F.Blocks[5].Term = go({1});
  F.Blocks[4].Term = go({});
  return F;
}

TEST(FlowGraph, FindsLoopsAndDominators) {
  FlowGraph G(loop());
  EXPECT_TRUE(G.LoopHead[1]);
  EXPECT_FALSE(G.LoopHead[2]);
  EXPECT_EQ(G.LoopDepth[0], 0);
  EXPECT_EQ(G.LoopDepth[1], 1);
  EXPECT_EQ(G.LoopDepth[3], 1);
  EXPECT_EQ(G.LoopDepth[4], 0);
  EXPECT_TRUE(G.dominates(1, 4));
  EXPECT_FALSE(G.dominates(2, 4));
  EXPECT_TRUE(G.isBackEdge(3, 1));
}

TEST(FlowGraph, LeavesUnreachableBlocksOut) {
  FlowGraph G(loop());
  EXPECT_EQ(G.Order.size(), 5u);
  EXPECT_EQ(G.Position[5], None);
  EXPECT_FALSE(G.dominates(5, 1));
  EXPECT_EQ(G.Preds[1].size(), 2u);
}

TEST(FlowGraph, ALocalIsLiveFromItsStoreToItsLoad) {
  Function F = loop();
  F.Locals.resize(1);
  F.Places.resize(1);
  F.NumRegs = 1;
  Instr Store, Load;
  Store.Opcode = Op::Store;
  Store.P = 0;
  Load.Opcode = Op::Load;
  Load.P = 0;
  Load.Dst = 0;
  F.Blocks[0].Instrs.push_back(Store);
  F.Blocks[2].Instrs.push_back(Load);
  FlowGraph G(F);
  EXPECT_FALSE(G.LiveLocals[0][0]);
  EXPECT_TRUE(G.LiveLocals[1][0]);
  EXPECT_FALSE(G.LiveLocals[4][0]);
}

} // namespace
