//===- PagesTest.cpp - growth of arrays that own their pages --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arrays of megabytes, whose pages move from the old array to the new one while
// buckets that are not filled yet hold what was in them before. Whatever looks
// at a whole array must not believe them.
//
//===----------------------------------------------------------------------===//

#include "MapTestSupport.h"

#include <gtest/gtest.h>
#include <unordered_map>

using namespace maptest;
namespace policy = retsan::policy;

namespace {

std::uint64_t keyOf(std::uint64_t I) { return Random(I)(); }

using Plain = Map<policy::prompt>;

/// In the middle of a growth that has moved more than four chunks.
std::uint64_t midGrowth(Plain &Subject) {
  std::uint64_t N = 0;
  while (Subject.statistics().old_buckets != 1 << 15)
    Subject[keyOf(N)] = N, ++N;
  Subject.advance(1 << 14);
  EXPECT_TRUE(Subject.growing());
  EXPECT_LT(Subject.statistics().old_bytes, 3u << 20) << "nothing was let go";
  return N;
}

void expectAll(const Plain &Subject, std::uint64_t N) {
  ASSERT_EQ(Subject.size(), N);
  for (std::uint64_t I = 0; I != N; ++I) {
    auto It = Subject.find(keyOf(I));
    ASSERT_NE(It, Subject.end()) << I;
    ASSERT_EQ(It->second, I);
  }
  std::uint64_t Seen = 0, Sum = 0;
  for (const auto &[K, V] : Subject)
    ++Seen, Sum += V;
  EXPECT_EQ(Seen, N);
  EXPECT_EQ(Sum, N * (N - 1) / 2);
}

TEST(PagesTest, AllIsThereAtEachStepOfAGrowth) {
  Plain Subject;
  std::uint64_t N = midGrowth(Subject);
  while (Subject.growing()) {
    expectAll(Subject, N);
    Subject.advance(5000);
  }
  expectAll(Subject, N);
  EXPECT_EQ(Subject.retained_bytes(), 0u);
}

TEST(PagesTest, CopiesAndRebuildsMidGrowth) {
  Plain Subject;
  std::uint64_t N = midGrowth(Subject);
  Plain Copy(Subject);
  expectAll(Copy, N);
  EXPECT_TRUE(Copy == Subject);
  Subject.rebuild();
  expectAll(Subject, N);
  EXPECT_FALSE(Subject.growing());
}

TEST(PagesTest, AWalkSurvivesTheClearing) {
  for (bool Destroy : {false, true}) {
    Plain::iterator Walk;
    {
      Plain Subject;
      std::uint64_t N = midGrowth(Subject);
      Walk = Subject.begin();
      for (int I = 0; I != 1000; ++I)
        ++Walk;
      if (!Destroy) {
        Subject.clear();
        while (Walk != Subject.end())
          ++Walk;
        EXPECT_TRUE(Subject.empty());
        for (std::uint64_t I = 0; I != N; ++I)
          Subject[keyOf(I)] = I;
        Subject.advance(1 << 20);
        expectAll(Subject, N);
      }
    }
  }
}

TEST(PagesTest, AWalkBegunMidGrowthSeesEachOnce) {
  Plain Subject;
  std::uint64_t N = midGrowth(Subject), Seen = 0;
  for (auto It = Subject.begin(); It != Subject.end(); ++It, ++Seen)
    if (Seen % 16 == 0)
      Subject[keyOf(0)] = 0; // Drives on; the array is pinned now.
  EXPECT_EQ(Seen, N);
  Subject.advance(1 << 20);
  expectAll(Subject, N);
}

TEST(PagesTest, RandomHistoryAgainstTheStandardMap) {
  Plain Subject;
  std::unordered_map<std::uint64_t, std::uint64_t> Model;
  Random R(11);
  for (std::uint64_t I = 0; I != 400'000; ++I) {
    std::uint64_t K = R.below(250'000);
    if (R.below(6) == 0) {
      ASSERT_EQ(Subject.erase(K), Model.erase(K));
    } else {
      Subject.insert_or_assign(K, I);
      Model.insert_or_assign(K, I);
    }
    if (I % 50'000 == 49'999) {
      ASSERT_EQ(Subject.size(), Model.size());
      for (const auto &[Key, V] : Model)
        ASSERT_EQ(std::as_const(Subject).at(Key), V);
    }
  }
  std::size_t Seen = 0;
  for (const auto &Entry : Subject)
    Seen += Model.contains(Entry.first);
  EXPECT_EQ(Seen, Model.size());
}

} // namespace
