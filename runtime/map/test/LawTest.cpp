//===- LawTest.cpp - how much is retained, and for how long
//----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The laws were measured on Go 1.19 and derived for random keys; go_compatible
// must obey them, prompt must not. docs/map.md tells where they come from.
//
//===----------------------------------------------------------------------===//

#include "MapTestSupport.h"

#include <cmath>
#include <gtest/gtest.h>
#include <unordered_set>

using namespace maptest;
namespace policy = retsan::policy;

namespace {

std::uint64_t keyOf(std::uint64_t I) { return Random(I)(); }

/// Fills by one insert past the threshold of a growth from 2^OldBits buckets.
template <class M> std::uint64_t stall(M &Subject, unsigned OldBits) {
  std::uint64_t I = 0;
  while (!Subject.growing() ||
         Subject.statistics().old_buckets != 1ull << OldBits)
    Subject[keyOf(I)] = I, ++I;
  return I;
}

TEST(GoLaw, BucketsAreOfGosSize) {
  // 153 = (8 + 8 * 16 + 8) * 17 / 16: a bucket and its share of the tail.
  Map<policy::go_compatible> Subject;
  stall(Subject, 12);
  auto S = Subject.statistics();
  double Nodes = static_cast<double>(S.old_bytes) - 153.0 * 4096;
  EXPECT_GE(Nodes, 0.0);
  EXPECT_LT(Nodes, 0.20 * 153 * 4096) << "overflow buckets beyond the tail";
}

TEST(GoLaw, HintsGiveGosSizes) {
  using M = Map<policy::go_compatible>;
  for (auto [Hint, Buckets] : {std::pair<std::size_t, std::size_t>{1, 1},
                               {8, 1},
                               {9, 2},
                               {13, 2},
                               {14, 4},
                               {26, 4},
                               {27, 8},
                               {100, 16},
                               {104, 16},
                               {105, 32}}) {
    M Subject(Hint);
    EXPECT_EQ(Subject.bucket_count(), Buckets) << "hint " << Hint;
    for (std::uint64_t I = 0; I != Hint; ++I)
      Subject[keyOf(I)] = I;
    EXPECT_EQ(Subject.bucket_count(), Buckets) << "hint " << Hint;
    EXPECT_FALSE(Subject.growing());
  }
}

TEST(GoLaw, GrowthBeginsAtTheLoadFactor) {
  Map<policy::go_compatible> Subject;
  EXPECT_EQ(stall(Subject, 10), 6657u);
  Map<policy::go_compatible> Larger;
  EXPECT_EQ(stall(Larger, 12), 26625u);
}

TEST(GoLaw, OnlyWritesDriveAndReadsReleaseNothing) {
  Map<policy::go_compatible> Subject;
  std::uint64_t N = stall(Subject, 12);
  std::size_t Held = Subject.retained_bytes();
  ASSERT_GT(Held, 600'000u);
  for (int Round = 0; Round != 10; ++Round)
    for (std::uint64_t I = 0; I != N; ++I)
      ASSERT_EQ(Subject.find(keyOf(I))->second, I);
  std::uint64_t Sum = 0;
  for (const auto &Entry : Subject)
    Sum += Entry.second;
  EXPECT_EQ(Sum, N * (N - 1) / 2);
  EXPECT_TRUE(Subject.growing());
  EXPECT_EQ(Subject.retained_bytes(), Held);
}

TEST(GoLaw, FinishingTakesLn2TimesTheOldBuckets) {
  for (unsigned Bits : {12u, 14u, 16u}) {
    Map<policy::go_compatible> Subject;
    std::uint64_t I = stall(Subject, Bits), Writes = 0;
    for (; Subject.growing(); ++Writes)
      Subject[keyOf(I)] = I, ++I;
    double Ratio =
        static_cast<double>(Writes) / static_cast<double>(1ull << Bits);
    EXPECT_NEAR(Ratio, std::log(2.0), 0.03) << "from 2^" << Bits;
    EXPECT_EQ(Subject.retained_bytes(), 0u);
  }
}

TEST(GoLaw, ErasingAnAbsentKeyDrivesToo) {
  Map<policy::go_compatible> Subject;
  std::uint64_t I = stall(Subject, 12), Erasures = 0;
  for (; Subject.growing() && Erasures < 10'000; ++Erasures)
    Subject.erase(keyOf(I++));
  EXPECT_NEAR(static_cast<double>(Erasures) / 4096, std::log(2.0), 0.05);
}

TEST(GoLaw, OneInSevenBuiltOnceEndsStalled) {
  // log2(1 + ln 2 / 6.5) = 14.6 %; with a hint, none.
  Random R(7);
  int Stalled = 0, StalledWithHint = 0;
  constexpr int Maps = 3000;
  for (int M = 0; M != Maps; ++M) {
    double Log = 8.0 + 4.0 * static_cast<double>(R.below(1 << 20)) / (1 << 20);
    auto Size = static_cast<std::uint64_t>(std::exp2(Log));
    std::uint64_t Base = R();
    Map<policy::go_compatible> Plain, Hinted(Size);
    for (std::uint64_t I = 0; I != Size; ++I)
      Plain[keyOf(Base + I)] = I;
    Stalled += Plain.growing();
    for (std::uint64_t I = 0; I != Size; ++I)
      Hinted[keyOf(Base + I)] = I;
    StalledWithHint += Hinted.growing();
  }
  EXPECT_NEAR(static_cast<double>(Stalled) / Maps, 0.146, 0.025);
  EXPECT_EQ(StalledWithHint, 0);
}

TEST(GoLaw, ChurnAtOneSizeGrowsToTheSameSize) {
  Map<policy::go_compatible> Subject(100'000);
  std::size_t Buckets = Subject.bucket_count();
  Random R(3);
  std::uint64_t Next = 0, Oldest = 0;
  for (; Next != 100'000; ++Next)
    Subject[keyOf(Next)] = Next;
  bool SameSize = false;
  for (int I = 0; I != 3'000'000 && !SameSize; ++I) {
    Subject.erase(keyOf(Oldest++));
    Subject[keyOf(Next++)] = I;
    SameSize = Subject.growing() && Subject.statistics().old_buckets == Buckets;
  }
  ASSERT_TRUE(SameSize);
  ASSERT_EQ(Subject.bucket_count(), Buckets);
  std::size_t Held = Subject.retained_bytes();
  Subject.advance(Buckets);
  // The churned array is heavier than the one that replaces it.
  EXPECT_GT(Held, Subject.statistics().current_bytes);
  EXPECT_EQ(Subject.retained_bytes(), 0u);
  for (std::uint64_t I = Oldest; I != Next; ++I)
    ASSERT_TRUE(Subject.contains(keyOf(I)));
}

//===-- What the sticky iterator flag keeps alive
//---------------------------===//

using Owner = std::shared_ptr<int>;

/// Of 500 values erased or overwritten right after a growth, how many died?
template <class Policy> int diedOf500(bool Walked, bool Overwrite) {
  Map<Policy, std::uint64_t, Owner> Subject;
  std::vector<std::weak_ptr<int>> Values;
  std::uint64_t I = 0;
  for (; I != 6600; ++I)
    Subject[keyOf(I)] = std::make_shared<int>(0);
  if (Walked)
    for (const auto &Entry : Subject) {
      (void)Entry;
      break;
    }
  while (!Subject.growing())
    Subject[keyOf(I++)] = std::make_shared<int>(0);
  for (std::uint64_t K = 0; K != 500; ++K) {
    Values.push_back(std::as_const(Subject).at(keyOf(K)));
    if (Overwrite)
      Subject[keyOf(K)] = nullptr;
    else
      Subject.erase(keyOf(K));
  }
  if constexpr (Policy::step == 1) {
    EXPECT_TRUE(Subject.growing());
  }
  int Died = 0;
  for (auto &Value : Values)
    Died += Value.expired();
  Subject.advance(10'000);
  if constexpr (Policy::released != retsan::releasing::never) {
    for (auto &Value : Values)
      EXPECT_TRUE(Value.expired()) << "after the growth";
  }
  return Died;
}

TEST(StickyFlag, GoKeepsAllThatWasErasedAfterAnyRange) {
  EXPECT_EQ(diedOf500<policy::go_compatible>(false, false), 500);
  EXPECT_EQ(diedOf500<policy::go_compatible>(true, false), 0);
  EXPECT_EQ(diedOf500<policy::go_compatible>(false, true), 500);
  EXPECT_EQ(diedOf500<policy::go_compatible>(true, true), 0);
}

TEST(StickyFlag, PromptKeepsNone) {
  EXPECT_EQ(diedOf500<policy::prompt>(true, false), 500);
  EXPECT_EQ(diedOf500<policy::prompt>(true, true), 500);
  EXPECT_EQ(diedOf500<policy::low_latency>(true, false), 500);
}

TEST(StickyFlag, GhostKeepsThemBeyondTheGrowth) {
  Map<policy::ghost, std::uint64_t, Owner> Subject;
  std::weak_ptr<int> Watched;
  for (std::uint64_t I = 0; I != 2000; ++I)
    Subject[I] = std::make_shared<int>(0);
  Subject.reserve(Subject.size());
  std::uint64_t I = 2000;
  while (!Subject.growing())
    Subject[I++] = std::make_shared<int>(0);
  Watched = std::as_const(Subject).at(7);
  Subject.advance(100'000);
  ASSERT_FALSE(Subject.growing());
  Subject.erase(7);
  EXPECT_FALSE(Watched.expired());
  Subject.clear(); // Forgets the old array.
  EXPECT_FALSE(Watched.expired());
  Subject.rebuild();
  EXPECT_TRUE(Watched.expired());
}

//===-- The ghost and the cure
//----------------------------------------------===//

TEST(Ghost, OldArrayStaysAfterTheLastEntryHasMoved) {
  Map<policy::ghost> Subject;
  std::uint64_t I = stall(Subject, 12);
  while (Subject.growing())
    Subject[keyOf(I)] = I, ++I;
  EXPECT_GE(Subject.retained_bytes(), 153u * 4096);
  Map<policy::go_compatible> Go;
  for (std::uint64_t K = 0; K != I; ++K)
    Go[keyOf(K)] = K;
  EXPECT_EQ(Go.retained_bytes(), 0u) << "as Go really does";
}

TEST(Prompt, NothingIsLeftAfterTheStatedNumberOfCalls) {
  // ceil(old buckets / step) calls of any one kind.
  enum Kind { Find, Contains, Absent, Erase, Insert, Index };
  for (int K = Find; K <= Index; ++K) {
    Map<policy::prompt> Subject;
    std::uint64_t N = stall(Subject, 12);
    constexpr int Calls = 4096 / policy::prompt::step;
    for (int Call = 0; Call != Calls; ++Call) {
      switch (K) {
      case Find:
        ASSERT_NE(Subject.find(keyOf(0)), Subject.end());
        break;
      case Contains:
        ASSERT_TRUE(Subject.contains(keyOf(5)));
        break;
      case Absent:
        ASSERT_FALSE(Subject.contains(keyOf(N + Call)));
        break;
      case Erase:
        Subject.erase(keyOf(N + Call));
        break;
      case Insert:
        Subject.try_emplace(keyOf(Call), 0);
        break;
      default:
        Subject[keyOf(N + Call)] = 1;
      }
    }
    EXPECT_FALSE(Subject.growing()) << "kind " << K;
    EXPECT_EQ(Subject.retained_bytes(), 0u) << "kind " << K;
  }
}

TEST(Prompt, EmptyMapsFinishToo) {
  Map<policy::prompt> Subject;
  fillUntilGrowing(Subject, 1000);
  while (!Subject.empty())
    Subject.erase(Subject.begin());
  ASSERT_TRUE(Subject.growing());
  for (std::size_t N = Subject.statistics().old_buckets; N != 0; --N)
    EXPECT_FALSE(Subject.contains(1));
  EXPECT_EQ(Subject.retained_bytes(), 0u);
}

TEST(Prompt, OldArrayShrinksAsItEmpties) {
  Map<policy::prompt> Subject;
  stall(Subject, 16); // About 9 MB of old array.
  std::size_t Whole = Subject.retained_bytes();
  Subject.advance(1 << 15);
  ASSERT_TRUE(Subject.growing());
  EXPECT_LT(Subject.retained_bytes(), Whole * 6 / 10);
}

TEST(Prompt, ReleasedMemoryIsNotTakenForUnmovedBuckets) {
  // Pages given back read as zero, which as a tophash byte means "not moved".
  Map<policy::prompt> Subject;
  std::uint64_t N = stall(Subject, 14);
  Subject.advance(12'000);
  ASSERT_TRUE(Subject.growing());
  const auto &Const = Subject;
  for (std::uint64_t I = 0; I != N; ++I)
    ASSERT_TRUE(Const.contains(keyOf(I)));
  std::size_t Seen = 0;
  for (const auto &Entry : Const) {
    (void)Entry;
    ++Seen;
  }
  EXPECT_EQ(Seen, N);
}

TEST(Pin, AnIteratorHoldsTheArrayOfItsBirthAlone) {
  Map<policy::prompt> Subject;
  std::uint64_t I = 0;
  for (; I != 400'000; ++I) // Between two growths: nothing is pending.
    Subject[keyOf(I)] = I;
  ASSERT_EQ(Subject.retained_bytes(), 0u);
  std::size_t Born = Subject.statistics().current_bytes;
  auto It = Subject.begin();
  for (; I != 2'000'000; ++I)
    Subject[keyOf(I)] = I;
  ASSERT_FALSE(Subject.growing());
  EXPECT_NEAR(static_cast<double>(Subject.retained_bytes()),
              static_cast<double>(Born), 0.2 * static_cast<double>(Born));
  It = Subject.end();
  EXPECT_EQ(Subject.retained_bytes(), 0u);
}

TEST(Cures, RebuildAdvanceShrinkAndCopyLeaveNothing) {
  using M = Map<policy::go_compatible>;
  auto Stalled = [] {
    M Subject;
    stall(Subject, 10);
    return Subject;
  };
  M Rebuilt = Stalled();
  ASSERT_GT(Rebuilt.retained_bytes(), 0u);
  Rebuilt.rebuild();
  EXPECT_EQ(Rebuilt.retained_bytes(), 0u);
  M Advanced = Stalled();
  EXPECT_EQ(Advanced.advance(1024), 0u);
  EXPECT_EQ(Advanced.retained_bytes(), 0u);
  M Copied(Stalled());
  M Copy(Copied);
  EXPECT_EQ(Copy.retained_bytes(), 0u);
  EXPECT_TRUE(Copy == Copied);
  M Cleared = Stalled();
  Cleared.clear();
  EXPECT_EQ(Cleared.retained_bytes(), 0u);
  M Shrunk = Stalled();
  erase_if(Shrunk, [](const auto &E) { return E.second % 100 != 0; });
  std::size_t Before = Shrunk.bucket_count();
  Shrunk.shrink_to_fit();
  EXPECT_LT(Shrunk.bucket_count(), Before / 32);
}

//===-- tophash
//-------------------------------------------------------------===//

struct CountingEqual {
  static inline std::uint64_t Compares = 0;
  bool operator()(std::uint64_t A, std::uint64_t B) const {
    ++Compares;
    return A == B;
  }
};

TEST(GoLaw, TophashLeavesOneCompareAHit) {
  // 1 + 3.25 / 251 = 1.013 a hit and 6.5 / 251 = 0.026 a miss, at load 6.5.
  retsan::incremental_map<std::uint64_t, std::uint64_t,
                          std::hash<std::uint64_t>, CountingEqual>
      Subject(6656 * 16);
  constexpr std::uint64_t N = 6656 * 16;
  for (std::uint64_t I = 0; I != N; ++I)
    Subject[keyOf(I)] = I;
  ASSERT_FLOAT_EQ(Subject.load_factor(), 6.5f);
  CountingEqual::Compares = 0;
  for (std::uint64_t I = 0; I != N; ++I)
    ASSERT_TRUE(Subject.contains(keyOf(I)));
  EXPECT_NEAR(static_cast<double>(CountingEqual::Compares) / N, 1.013, 0.003);
  CountingEqual::Compares = 0;
  for (std::uint64_t I = 0; I != N; ++I)
    ASSERT_FALSE(Subject.contains(keyOf(N + I)));
  EXPECT_NEAR(static_cast<double>(CountingEqual::Compares) / N, 0.026, 0.004);
}

} // namespace
