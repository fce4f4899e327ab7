//===- IteratorTest.cpp - walks that meet growth, erasure, clear and swap
//--===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MapTestSupport.h"

#include <gtest/gtest.h>
#include <set>

using namespace maptest;
namespace policy = retsan::policy;

namespace {

template <class P> class WalkTest : public ::testing::Test {};
using Pinning = ::testing::Types<policy::prompt, policy::go_compatible,
                                 Everything, KeptAndPinned>;
TYPED_TEST_SUITE(WalkTest, Pinning);

template <class M> std::uint64_t fillUntilGrowingStrings(M &Subject) {
  std::uint64_t I = Subject.size();
  std::size_t AtLeast = I + 500;
  while (Subject.growing() || I < AtLeast) {
    Subject.try_emplace(I++, "a value that lives outside of its string object");
    Subject.advance(1);
  }
  while (!Subject.growing())
    Subject.try_emplace(I++, "a value that lives outside of its string object");
  return I;
}

/// What is there all the time is seen exactly once; what was erased before its
/// turn is not; nothing is seen twice unless it was erased and came back.
template <class M> void walkWhileWriting(std::uint64_t Seed) {
  Random R(Seed);
  M Subject;
  std::uint64_t Steady = 200 + R.below(3000);
  for (std::uint64_t I = 0; I != Steady; ++I)
    Subject.try_emplace(I, I);
  std::set<std::uint64_t> Seen, Erased;
  std::uint64_t Fresh = 1'000'000;
  for (auto It = Subject.begin(); It != Subject.end(); ++It) {
    std::uint64_t K = It->first;
    ASSERT_TRUE(Seen.insert(K).second) << K << " seen twice, seed " << Seed;
    ASSERT_FALSE(Erased.contains(K)) << K << " was erased, seed " << Seed;
    if (K < Steady) {
      ASSERT_EQ(It->second, K);
    }
    for (std::uint64_t N = R.below(6); N != 0 && Fresh < 1'040'000; --N)
      Subject.try_emplace(Fresh++, 1);
    if (R.below(4) == 0) {
      std::uint64_t Victim = R.below(Steady);
      // An entry under the iterator may go as well.
      if (Subject.erase(Victim) && !Seen.contains(Victim))
        Erased.insert(Victim);
    }
  }
  for (std::uint64_t I = 0; I != Steady; ++I)
    if (Subject.contains(I)) {
      EXPECT_TRUE(Seen.contains(I)) << I << " missed, seed " << Seed;
    }
}

TYPED_TEST(WalkTest, SeesEachSteadyEntryOnce) {
  for (std::uint64_t Seed = 1; Seed != 40; ++Seed)
    walkWhileWriting<Map<TypeParam>>(Seed);
}

TYPED_TEST(WalkTest, SameWithEntriesThatOwnMemory) {
  Map<TypeParam, std::string, std::string> Subject;
  auto Key = [](int I) {
    return "a key of more than sixteen bytes " + std::to_string(I);
  };
  for (int I = 0; I != 3000; ++I)
    Subject.try_emplace(Key(I), Key(I));
  std::set<std::string> Seen;
  int Fresh = 3000;
  for (auto It = Subject.begin(); It != Subject.end(); ++It) {
    ASSERT_TRUE(Seen.insert(It->first).second);
    ASSERT_EQ(It->first, It->second);
    for (int N = 0; N != 4 && Fresh < 20'000; ++N, ++Fresh)
      Subject.try_emplace(Key(Fresh), Key(Fresh));
    ASSERT_EQ(It->first, It->second) << "moved while the iterator stood on it";
  }
  for (int I = 0; I != 3000; ++I)
    ASSERT_TRUE(Seen.contains(Key(I)));
}

TYPED_TEST(WalkTest, BornInTheMiddleOfAGrowth) {
  for (std::size_t Moved : {0u, 1u, 7u, 100u}) {
    Map<TypeParam> Subject;
    std::uint64_t N = fillUntilGrowing(Subject, 2000);
    Subject.advance(Moved);
    ASSERT_TRUE(Subject.growing());
    std::set<std::uint64_t> Seen;
    for (auto It = Subject.begin(); It != Subject.end(); ++It) {
      ASSERT_TRUE(Seen.insert(It->first).second);
      Subject.advance(1);
    }
    EXPECT_EQ(Seen.size(), N);
  }
}

TYPED_TEST(WalkTest, EndsAfterClear) {
  for (bool Growing : {false, true}) {
    Map<TypeParam, std::uint64_t, std::string> Subject;
    std::uint64_t N = fillUntilGrowingStrings(Subject);
    if (!Growing)
      Subject.reserve(N);
    auto It = Subject.begin();
    auto Copy = It;
    Subject.clear();
    ++It;
    EXPECT_TRUE(It == Subject.end());
    Subject.try_emplace(1, "again");
    EXPECT_EQ(Subject.size(), 1u);
    EXPECT_EQ(std::distance(Subject.begin(), Subject.end()), 1);
  }
}

TYPED_TEST(WalkTest, FollowsSwapAndMove) {
  Map<TypeParam> A, B;
  for (std::uint64_t I = 0; I != 1000; ++I)
    A.try_emplace(I, I);
  std::set<std::uint64_t> Seen;
  auto It = A.begin();
  for (int I = 0; I != 100; ++I, ++It)
    Seen.insert(It->first);
  A.swap(B);
  Map<TypeParam> C(std::move(B));
  for (std::uint64_t I = 0; I != 9000;
       ++I) // A growth or three, in the new home.
    C.try_emplace(10'000 + I, I);
  for (; It != C.end(); ++It)
    Seen.insert(It->first);
  for (std::uint64_t I = 0; I != 1000; ++I)
    EXPECT_TRUE(Seen.contains(I));
}

TYPED_TEST(WalkTest, OutlivesItsMapHarmlessly) {
  using M = Map<TypeParam, std::uint64_t, std::string>;
  auto Subject = std::make_unique<M>();
  fillUntilGrowingStrings(*Subject);
  typename M::iterator Growing = Subject->begin(), Parked = Subject->begin();
  fillUntilGrowingStrings(
      *Subject); // The old array of before is only pinned now.
  Subject.reset();
  Growing = typename M::iterator();
  typename M::iterator Moved(std::move(Parked));
  EXPECT_TRUE(Growing == typename M::iterator());
}

TEST(IteratorTest, FoundIteratorsBecomeWalks) {
  Map<policy::prompt> Subject;
  for (std::uint64_t I = 0; I != 5000; ++I)
    Subject.try_emplace(I, I);
  // The rest of the walk from each place has the same length whether one came
  // by
  // ++ or by find.
  std::size_t Left = Subject.size();
  for (auto It = Subject.begin(); It != Subject.end(); ++It, --Left)
    if (Left % 500 == 0) {
      ASSERT_EQ(static_cast<std::size_t>(
                    std::distance(std::as_const(Subject).find(It->first),
                                  std::as_const(Subject).end())),
                Left);
    }
}

TEST(IteratorTest, ErasingLoopVisitsAllDuringGrowth) {
  Map<policy::prompt> Subject;
  std::uint64_t N = fillUntilGrowing(Subject, 4000);
  std::size_t Visited = 0;
  for (auto It = Subject.begin(); It != Subject.end(); ++Visited)
    It = Subject.erase(It);
  EXPECT_EQ(Visited, N);
  EXPECT_TRUE(Subject.empty());
}

TEST(IteratorTest, KeysThatCannotBeCopiedHoldGrowthUp) {
  struct HashPtr {
    std::size_t operator()(const std::unique_ptr<int> &P) const { return *P; }
  };
  struct SamePtr {
    bool operator()(const std::unique_ptr<int> &A,
                    const std::unique_ptr<int> &B) const {
      return *A == *B;
    }
  };
  retsan::incremental_map<std::unique_ptr<int>, int, HashPtr, SamePtr> Subject;
  int I = 0;
  for (; I != 100; ++I)
    Subject.try_emplace(std::make_unique<int>(I), I);
  std::size_t Buckets = Subject.bucket_count();
  {
    auto It = Subject.begin();
    for (; I != 5000; ++I)
      Subject.try_emplace(std::make_unique<int>(I), I);
    EXPECT_EQ(Subject.bucket_count(), Buckets);
    std::set<int> Seen;
    for (; It != Subject.end(); ++It)
      ASSERT_TRUE(Seen.insert(*It->first).second);
    EXPECT_GE(Seen.size(), 100u);
  }
  for (; I != 10'000; ++I)
    Subject.try_emplace(std::make_unique<int>(I), I);
  EXPECT_GT(Subject.bucket_count(), 16 * Buckets);
  for (int K = 0; K != I; ++K)
    ASSERT_EQ(Subject.at(std::make_unique<int>(K)), K);
}

} // namespace
