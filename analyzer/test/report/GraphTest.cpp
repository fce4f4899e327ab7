//===- GraphTest.cpp - the states of an object, drawn ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Graph.h"
#include "Sample.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

static std::string textOf(const Finding &X) {
  std::string Text;
  raw_string_ostream OS(Text);
  printGraph(X, OS);
  return Text;
}

static bool has(StringRef Text, StringRef Part) { return Text.contains(Part); }

TEST(Graph, IsTheFindingsOwn) {
  Finding X = test::sampleFinding();
  EXPECT_EQ(graphOf(X).Nodes.size(), 3u);
  std::string Text = textOf(X);
  EXPECT_TRUE(has(Text, "(1) growing = 0, oldbuckets = null  [start]\n"))
      << Text;
  EXPECT_TRUE(has(Text, "-> (2) by hmap_put (src/hmap.c:70): oldbuckets set "
                        "here\n"))
      << Text;
  EXPECT_TRUE(has(Text, "(3) growing = 0, oldbuckets = set  [this finding]\n"))
      << Text;
  EXPECT_TRUE(has(Text, "and 4 states more\n")) << Text;
}

TEST(Graph, WithoutOneTheWitnessIsDrawn) {
  Finding X = test::sampleFinding();
  X.Graph = {};
  X.Witness = {{"new", "a.c", 1, "", {{"p", "null"}}},
               {"set", "a.c", 2, "p set here", {{"p", "set"}}},
               {"drop", "a.c", 3, "", {{"p", "null"}}},
               {"end", "a.c", 4, "", {}}};
  X.State = {{"p", "dead"}};
  StateGraph G = graphOf(X);
  // Not alive, null (twice), set, dead.
  ASSERT_EQ(G.Nodes.size(), 4u);
  ASSERT_EQ(G.Edges.size(), 4u);
  EXPECT_EQ(G.Edges[2].To, G.Edges[0].To);
  EXPECT_TRUE(G.Nodes[3].Bad);
  EXPECT_EQ(G.Nodes[3].State, X.State);
  EXPECT_TRUE(G.Nodes[0].Start);
  for (const StateEdge &E : G.Edges)
    EXPECT_TRUE(isOnWitness(X, G, E));
}

TEST(Graph, NothingToDrawIsNoError) {
  Finding X;
  EXPECT_TRUE(graphOf(X).Nodes.empty());
  EXPECT_EQ(textOf(X), "");
  EXPECT_TRUE(has(toDot(X), "digraph \"\" {"));
}

TEST(Graph, OnlyTheWayOfTheWitnessIsMarked) {
  Finding X = test::sampleFinding();
  X.Witness = {{"hmap_new", "src/hmap.c", 20, "", X.Graph.Nodes[0].State},
               {"hmap_put", "src/hmap.c", 70, "", X.Graph.Nodes[1].State},
               {"hmap_put", "src/hmap.c", 89, "", X.Graph.Nodes[2].State}};
  EXPECT_TRUE(isOnWitness(X, X.Graph, X.Graph.Edges[0]));
  EXPECT_TRUE(isOnWitness(X, X.Graph, X.Graph.Edges[1]));
  EXPECT_FALSE(isOnWitness(X, X.Graph, X.Graph.Edges[2]));
}

TEST(Graph, DotHasStatesCallsReadersAndClearers) {
  std::string Dot = toDot(test::sampleFinding());
  for (StringRef Part :
       {"digraph \"hmap.oldbuckets\" {", "s0 -> s1 [label=\"hmap_put\\n",
        "s2 [shape=ellipse, label=\"growing = 0, oldbuckets = set\", "
        "peripheries=2",
        "uses it only while growing != 0", "clears it", "4 states more"})
    EXPECT_TRUE(has(Dot, Part)) << Part.str() << "\n" << Dot;
}

TEST(Graph, NamesOfTheProgramStayText) {
  Finding X = test::sampleFinding();
  X.Subject = "a\"];evil[label=\"\\";
  X.Graph.Edges[0].Call = "f\"\n<b>";
  std::string Dot = toDot(X);
  EXPECT_TRUE(has(Dot, "digraph \"a\\\"];evil[label=\\\"\\\\\" {")) << Dot;
  EXPECT_TRUE(has(Dot, "\"f\\\"\\n<b>")) << Dot;
}
