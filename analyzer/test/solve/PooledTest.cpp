//===- PooledTest.cpp - small arrays of plain values ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pooled array against a vector that is given the same operations, over all
// sizes of blocks and beyond; blocks that are given up by another thread.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Pooled.h"

#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

#include <random>
#include <thread>
#include <vector>

using namespace retsan::solve;

namespace {

struct Item {
  uint64_t A = 0, B = 0, C = 0;
  friend bool operator==(const Item &X, const Item &Y) {
    return X.A == Y.A && X.B == Y.B && X.C == Y.C;
  }
};

bool same(const Pooled<Item> &P, const std::vector<Item> &V) {
  return llvm::ArrayRef<Item>(P) == llvm::ArrayRef<Item>(V);
}

TEST(Pooled, DoesWhatAVectorDoes) {
  std::mt19937 Rng(7);
  std::vector<Pooled<Item>> P(4);
  std::vector<std::vector<Item>> V(4);
  for (unsigned Round = 0; Round < 20000; ++Round) {
    size_t I = Rng() % 4, J = Rng() % 4;
    Item X{Rng(), Round, 3};
    switch (Rng() % 8) {
    case 0:
      P[I] = P[J];
      V[I] = V[J];
      break;
    case 1:
      P[I] = Pooled<Item>(P[J]);
      V[I] = std::vector<Item>(V[J]);
      break;
    case 2: {
      uint64_t Bit = Rng() % 2;
      llvm::erase_if(P[I], [&](const Item &E) { return (E.A & 1) == Bit; });
      llvm::erase_if(V[I], [&](const Item &E) { return (E.A & 1) == Bit; });
      break;
    }
    case 3:
      if (Rng() % 50 == 0) {
        P[I].clear();
        V[I].clear();
      }
      break;
    default:
      // Up to what is larger than any block that is kept.
      for (unsigned N = Rng() % 40; N && V[I].size() < 400; --N) {
        size_t At = Rng() % (V[I].size() + 1);
        P[I].insert(P[I].begin() + At, X);
        V[I].insert(V[I].begin() + At, X);
      }
      // An element of its own, at a moment when the array may have to grow.
      if (!V[I].empty()) {
        P[I].push_back(P[I][0]);
        V[I].push_back(Item(V[I][0]));
      }
    }
    ASSERT_TRUE(same(P[I], V[I])) << Round;
    ASSERT_TRUE(same(P[J], V[J])) << Round;
  }
}

TEST(Pooled, MovesBetweenThreads) {
  Pooled<Item> Here;
  for (uint64_t I = 0; I < 10; ++I)
    Here.push_back({I, 0, 0});
  std::vector<Item> Seen;
  std::thread([Mine = std::move(Here), &Seen]() mutable {
    Seen.assign(Mine.begin(), Mine.end());
    Pooled<Item> Other = std::move(Mine);
    Other.push_back({10, 0, 0});
    Seen.push_back(Other.back());
  }).join();
  ASSERT_EQ(Seen.size(), 11u);
  for (uint64_t I = 0; I < 11; ++I)
    EXPECT_EQ(Seen[I].A, I);
}

} // namespace
