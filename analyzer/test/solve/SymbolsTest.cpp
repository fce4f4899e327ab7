//===- SymbolsTest.cpp - constraints, symbols, locations ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Symbols.h"
#include "gtest/gtest.h"

using namespace retsan::solve;
using retsan::facts::CmpOp;

namespace {

TEST(Con, RefinesToAConstant) {
  Con C;
  EXPECT_TRUE(C.refine(CmpOp::GE, 0));
  EXPECT_TRUE(C.refine(CmpOp::LT, 2));
  EXPECT_TRUE(C.refine(CmpOp::NE, 0));
  EXPECT_TRUE(C.isConst());
  EXPECT_EQ(C.Lo, 1);
  EXPECT_FALSE(C.refine(CmpOp::EQ, 0));
}

TEST(Con, AHoleAtTheEndMovesTheEnd) {
  Con C;
  C.refine(CmpOp::NE, 3);
  C.refine(CmpOp::LE, 3);
  EXPECT_EQ(C.Hi, 2);
  EXPECT_EQ(C.NumNe, 0);
}

TEST(Con, EveryOperatorAgreesWithArithmetic) {
  const CmpOp Ops[] = {CmpOp::EQ, CmpOp::NE, CmpOp::LT,
                       CmpOp::LE, CmpOp::GT, CmpOp::GE};
  auto Holds = [](CmpOp Op, int64_t A, int64_t B) {
    switch (Op) {
    case CmpOp::EQ:
      return A == B;
    case CmpOp::NE:
      return A != B;
    case CmpOp::LT:
      return A < B;
    case CmpOp::LE:
      return A <= B;
    case CmpOp::GT:
      return A > B;
    case CmpOp::GE:
      return A >= B;
    }
    return false;
  };
  for (CmpOp First : Ops)
    for (CmpOp Second : Ops)
      for (int64_t V = -2; V <= 2; ++V)
        for (int64_t W = -2; W <= 2; ++W) {
          Con C;
          bool Any = C.refine(First, V) && C.refine(Second, W);
          bool Expected = false;
          for (int64_t X = -4; X <= 4; ++X) {
            bool In = Holds(First, X, V) && Holds(Second, X, W);
            Expected |= In;
            if (Any) {
              EXPECT_EQ(C.contains(X), In);
            }
          }
          EXPECT_EQ(Any, Expected);
        }
}

TEST(Con, HullHoldsBoth) {
  Con A = Con::exactly(1), B = Con::exactly(4);
  Con H = Con::hull(A, B);
  EXPECT_TRUE(H.contains(1));
  EXPECT_TRUE(H.contains(4));
  EXPECT_FALSE(H.contains(0));
}

TEST(Symbols, EqualThingsHaveEqualNumbers) {
  Symbols Y;
  SymId P = Y.param(0);
  LocId A = Y.field(Y.pointee(P), 3, 1);
  EXPECT_EQ(A, Y.field(Y.pointee(Y.param(0)), 3, 1));
  EXPECT_NE(A, Y.field(Y.pointee(P), 3, 2));
  EXPECT_EQ(Y.init(A), Y.init(A));
  EXPECT_EQ(Y.depth(Y.pointee(Y.init(A))), 1);
}

TEST(Symbols, OnlyWhatHangsOnParametersAndGlobalsIsExported) {
  Symbols Y;
  EXPECT_TRUE(Y.exportable(Y.pointee(Y.param(0))));
  EXPECT_TRUE(Y.exportable(Y.field(Y.global(2), 0, 0)));
  EXPECT_FALSE(Y.exportable(Y.local(0, 0)));
  EXPECT_FALSE(Y.exportable(Y.pointee(Y.opaque(Y.site(1, 2, 3, 4)))));
}

TEST(Symbols, GenerationsOfASiteDiffer) {
  Symbols Y;
  uint32_t Site = Y.site(1, 2, 3, 4);
  EXPECT_NE(Y.fresh(Site, true, 0), Y.fresh(Site, true, 1));
  EXPECT_NE(Y.fresh(Site, true, 0), Y.fresh(Site, false, 0));
}

} // namespace
