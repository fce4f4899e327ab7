//===- ConcurrentTest.cpp - the concurrent map ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Alone against the standard's map; with readers and helpers parked at the
// worst moments of a migration; and many threads at once, for ThreadSanitizer.
//
//===----------------------------------------------------------------------===//

#include "MapTestSupport.h"
#include "retsan/map/concurrent_incremental_map.h"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <vector>

using namespace maptest;
using retsan::migration_phase;

namespace {

template <class K = std::uint64_t, class V = std::uint64_t>
using Shared = retsan::concurrent_incremental_map<K, V>;

/// Until a growth has begun and not ended.
template <class M> std::uint64_t fill(M &Subject, std::uint64_t AtLeast) {
  std::uint64_t I = 0;
  while (I < AtLeast ||
         Subject.statistics().phase != migration_phase::migrating) {
    Subject.try_emplace(I, I);
    ++I;
  }
  return I;
}

template <class M> void settle(M &Subject) {
  for (int I = 0; I != 100'000; ++I)
    if (Subject.advance(64) == 0 && Subject.retained_bytes() == 0)
      return;
}

TEST(ConcurrentTest, AloneAgainstTheStandardMap) {
  long Before = Counted::Alive;
  {
    Shared<std::string, Counted> Subject;
    std::unordered_map<std::string, std::uint64_t> Model;
    Random R(5);
    for (std::uint64_t I = 0; I != 60'000; ++I) {
      std::string K = "a key beyond the small buffer " +
                      std::to_string(R.below(std::uint64_t(16) << I / 6000));
      switch (R.below(8)) {
      case 0:
      case 1:
      case 2:
        ASSERT_EQ(Subject.try_emplace(K, I), Model.try_emplace(K, I).second);
        break;
      case 3:
      case 4:
        ASSERT_EQ(Subject.insert_or_assign(K, Counted(I)),
                  Model.insert_or_assign(K, I).second);
        break;
      case 5:
        ASSERT_EQ(Subject.erase(K), Model.erase(K) != 0);
        break;
      case 6: {
        auto Found = Subject.find(K);
        ASSERT_EQ(Found.has_value(), Model.contains(K));
        if (Found) {
          ASSERT_EQ(Found->Value, Model.at(K));
        }
        break;
      }
      default:
        Subject.advance(R.below(40));
      }
      ASSERT_EQ(Subject.size(), Model.size());
      if (I % 20'000 == 19'999) {
        std::size_t Seen = 0;
        Subject.for_each([&](const auto &E) {
          Seen += Model.at(E.first) == E.second.Value;
        });
        ASSERT_EQ(Seen, Model.size());
      }
      if (I == 30'000) {
        Subject.clear();
        Model.clear();
      }
    }
    EXPECT_GT(Subject.statistics().version, 6u);
  }
  EXPECT_EQ(Counted::Alive, Before) << "each entry is destroyed once";
}

TEST(ConcurrentTest, PhasesComeInOrderAndAdvanceEndsThem) {
  Shared<> Subject;
  EXPECT_EQ(Subject.statistics().phase, migration_phase::idle);
  std::uint64_t N = fill(Subject, 1000);
  auto S = Subject.statistics();
  EXPECT_EQ(S.bins, 2 * S.old_bins);
  EXPECT_GT(S.old_bytes, 0u);
  std::size_t Left = Subject.advance(5);
  EXPECT_LE(Left, S.old_bins - 5);
  settle(Subject);
  S = Subject.statistics();
  EXPECT_EQ(S.phase, migration_phase::idle);
  EXPECT_EQ(S.old_bins, 0u);
  EXPECT_EQ(Subject.retained_bytes(), 0u);
  for (std::uint64_t I = 0; I != N; ++I)
    ASSERT_EQ(Subject.find(I), I);
}

TEST(ConcurrentTest, MoveOnlyValuesStayWhereTheyAre) {
  Shared<std::uint64_t, std::unique_ptr<int>> Subject;
  Subject.try_emplace(7, std::make_unique<int>(70));
  auto Reader = Subject.read();
  const auto *Seen = Reader.find(7);
  for (std::uint64_t I = 100; I != 140; ++I)
    Subject.try_emplace(I, nullptr);
  Subject.advance(1000);
  EXPECT_EQ(Subject.read().find(7), Seen) << "growth moves links, not entries";
  EXPECT_EQ(**Seen, 70);
}

TEST(ConcurrentTest, AParkedReaderHoldsUpNobodyAndLosesNothing) {
  Shared<std::uint64_t, Counted> Subject;
  std::uint64_t N = fill(Subject, 500);
  std::uint64_t Version = Subject.statistics().version;
  std::promise<void> Found, Leave;
  std::thread Parked([&] {
    auto Reader = Subject.read();
    const Counted *Erased = Reader.find(3), *Assigned = Reader.find(4);
    Found.set_value();
    Leave.get_future().wait();
    // Both have gone from the map, and are as they were.
    EXPECT_EQ(Erased->Value, 3u);
    EXPECT_EQ(Assigned->Value, 4u);
    EXPECT_EQ(Reader.find(3), nullptr);
    EXPECT_EQ(Reader.find(4)->Value, 44u);
  });
  Found.get_future().wait();
  EXPECT_TRUE(Subject.erase(3));
  EXPECT_FALSE(Subject.insert_or_assign(4, Counted(44)));
  for (std::uint64_t I = N; I != N + 20'000; ++I)
    Subject.try_emplace(I, I);
  for (int I = 0; I != 100; ++I)
    Subject.advance();
  auto S = Subject.statistics();
  EXPECT_EQ(S.phase, migration_phase::done) << "all moved, one reader inside";
  EXPECT_GT(S.old_bytes, 0u);
  EXPECT_GT(S.retired_bytes, 0u);
  EXPECT_EQ(S.version, Version) << "the next growth waits for it";
  for (std::uint64_t I = 5; I != N + 20'000; ++I)
    ASSERT_TRUE(Subject.contains(I));
  Leave.set_value();
  Parked.join();
  settle(Subject);
  EXPECT_EQ(Subject.statistics().phase, migration_phase::idle);
  EXPECT_EQ(Subject.retained_bytes(), 0u);
  Subject.try_emplace(1'000'000, 1);
  EXPECT_TRUE(Subject.growing()) << "and growth goes on";
}

/// Stops one thread in the middle of a chain, once.
struct StoppingEqual {
  static inline std::atomic<std::uint64_t> StopAt{~0ull};
  static inline std::promise<void> *Stopped = nullptr;
  static inline std::shared_future<void> GoOn;
  bool operator()(std::uint64_t A, std::uint64_t B) const {
    if (A == StopAt.load()) {
      StopAt = ~0ull;
      Stopped->set_value();
      GoOn.wait();
    }
    return A == B;
  }
};
/// Three chains, whatever the size.
struct CrowdedHash {
  std::size_t operator()(std::uint64_t K) const { return K % 3; }
};

TEST(ConcurrentTest, AReaderParkedWithinAChainFinishesInTheOldArray) {
  retsan::concurrent_incremental_map<std::uint64_t, std::uint64_t, CrowdedHash,
                                     StoppingEqual>
      Subject;
  std::uint64_t N = fill(Subject, 9);
  std::promise<void> Stopped, GoOn;
  StoppingEqual::Stopped = &Stopped;
  StoppingEqual::GoOn = GoOn.get_future().share();
  // Key 1 was first in its chain, so it is last; 4 comes before it.
  StoppingEqual::StopAt = 4;
  std::thread Parked([&] { EXPECT_EQ(Subject.find(1), 1u); });
  Stopped.get_future().wait();
  while (Subject.advance(1) != 0) {
  }
  for (std::uint64_t I = N; I != N + 300; ++I)
    Subject.try_emplace(I, I);
  EXPECT_TRUE(Subject.erase(4));
  EXPECT_EQ(Subject.statistics().phase, migration_phase::done);
  GoOn.set_value();
  Parked.join();
  settle(Subject);
  EXPECT_FALSE(Subject.contains(4));
  EXPECT_EQ(Subject.find(1), 1u);
}

/// Stops a thread that has moved one bin of the many that it has claimed.
struct StoppingObserver {
  std::atomic<bool> *Stop = nullptr;
  std::promise<void> *Stopped = nullptr;
  std::shared_future<void> GoOn;
  std::atomic<int> Ends{0};
  void bucket_evacuated(const retsan::migration &, std::size_t) {
    if (Stop && Stop->exchange(false)) {
      Stopped->set_value();
      GoOn.wait();
    }
  }
  void growth_end(const retsan::migration &) { ++Ends; }
};

TEST(ConcurrentTest, AParkedHelperDoesNotStallTheGrowth) {
  retsan::concurrent_incremental_map<
      std::uint64_t, std::uint64_t, std::hash<std::uint64_t>,
      std::equal_to<std::uint64_t>, StoppingObserver>
      Subject;
  std::uint64_t N = fill(Subject, 1000);
  std::atomic<bool> Stop{true};
  std::promise<void> Stopped, GoOn;
  auto &Watch = Subject.observer();
  Watch.Stopped = &Stopped;
  Watch.GoOn = GoOn.get_future().share();
  Watch.Stop = &Stop;
  int Ends = Watch.Ends;
  std::thread Parked([&] { Subject.advance(16); });
  Stopped.get_future().wait();
  for (int I = 0; I != 2000 && Subject.advance(16) != 0; ++I) {
  }
  EXPECT_EQ(Subject.statistics().phase, migration_phase::done);
  EXPECT_EQ(Watch.Ends, Ends + 1) << "one committer";
  GoOn.set_value();
  Parked.join();
  EXPECT_EQ(Watch.Ends, Ends + 1);
  settle(Subject);
  for (std::uint64_t I = 0; I != N; ++I)
    ASSERT_EQ(Subject.find(I), I);
}

struct PieceObserver {
  std::atomic<std::size_t> Largest{0}, Sum{0}, Held{0};
  void growth_begin(const retsan::migration &M) {
    Held = M.old_bytes;
    Sum = 0;
  }
  void old_released(const retsan::migration &, std::size_t Bytes) {
    Sum += Bytes;
    Largest = std::max(Largest.load(), Bytes);
  }
};

/// Unmapping megabytes is a pause of its own: an old array goes in pieces, each
/// call one, and the map stays usable and says what is left.
TEST(ConcurrentTest, ALargeOldArrayGoesInPieces) {
  using M = retsan::concurrent_incremental_map<
      std::uint64_t, std::uint64_t, std::hash<std::uint64_t>,
      std::equal_to<std::uint64_t>, PieceObserver>;
  M Subject;
  std::uint64_t N = fill(Subject, 140'000);
  std::size_t Whole = Subject.statistics().old_bytes;
  ASSERT_GE(Whole, 8u * 262'144);
  while (Subject.advance(4096) != 0) {
  }
  std::size_t Left = Subject.statistics().old_bytes, Calls = 0;
  ASSERT_GE(Left, Whole - M::piece_bytes) << "one call, one piece";
  for (; Subject.retained_bytes() != 0; ++Calls) {
    EXPECT_EQ(Subject.statistics().phase, migration_phase::done);
    Subject.advance(0);
    ASSERT_LE(Subject.statistics().old_bytes, Left);
    Left = Subject.statistics().old_bytes;
    ASSERT_TRUE(Subject.contains(N / 2));
  }
  EXPECT_GE(Calls, Whole / M::piece_bytes - 2);
  EXPECT_LE(Calls, Whole / M::piece_bytes + 2);
  EXPECT_EQ(Subject.statistics().phase, migration_phase::idle);
  EXPECT_LE(Subject.observer().Largest, M::piece_bytes + 4096 + 256);
  EXPECT_EQ(Subject.observer().Sum, Subject.observer().Held);
}

struct ThrowingEqual {
  static inline bool Throw = false;
  bool operator()(std::uint64_t A, std::uint64_t B) const {
    if (Throw)
      throw std::runtime_error("compare");
    return A == B;
  }
};

TEST(ConcurrentTest, WhatThrowsLeavesTheBinUnlockedAndAsItWas) {
  retsan::concurrent_incremental_map<std::uint64_t, Counted,
                                     std::hash<std::uint64_t>, ThrowingEqual>
      Subject;
  Subject.try_emplace(1, 10);
  long Alive = Counted::Alive;
  ThrowingEqual::Throw = true;
  EXPECT_THROW(Subject.insert_or_assign(1, Counted(11)), std::runtime_error);
  EXPECT_THROW(Subject.erase(1), std::runtime_error);
  EXPECT_THROW(Subject.find(1), std::runtime_error);
  ThrowingEqual::Throw = false;
  EXPECT_EQ(Counted::Alive, Alive);
  EXPECT_EQ(Subject.find(1)->Value, 10u);
  EXPECT_TRUE(Subject.erase(1));
  EXPECT_TRUE(Subject.try_emplace(1, 12));
}

/// A bin is forwarded after its entries are in the next array, not before. The
/// gap that a wrong order would leave is nanoseconds wide: many small growths.
TEST(ConcurrentTest, ASteadyKeyIsAlwaysFound) {
  constexpr std::uint64_t Maps = 400, Steady = 3;
  std::vector<std::unique_ptr<Shared<>>> All;
  for (std::uint64_t I = 0; I != Maps; ++I) {
    All.push_back(std::make_unique<Shared<>>());
    for (std::uint64_t K = 0; K != Steady; ++K)
      All.back()->try_emplace(K, K);
  }
  std::atomic<std::uint64_t> Current{0};
  std::atomic<std::uint64_t> Missed{0}, Looks{0};
  std::thread Reader([&] {
    std::uint64_t I;
    while ((I = Current.load(std::memory_order_relaxed)) != Maps)
      for (std::uint64_t K = 0; K != Steady; ++K) {
        Missed += All[I]->find(K) != K;
        ++Looks;
      }
  });
  for (std::uint64_t I = 0; I != Maps; ++I) {
    Current = I;
    for (std::uint64_t K = Steady; K != 150; ++K)
      All[I]->try_emplace(K, K);
  }
  Current = Maps;
  Reader.join();
  EXPECT_EQ(Missed, 0u) << "of " << Looks;
}

TEST(ConcurrentTest, ManyThreadsAtOnce) {
  constexpr std::uint64_t Each = 6000, Threads = 4;
  Shared<std::uint64_t, Counted> Subject;
  std::atomic<bool> Done{false};
  std::vector<std::thread> Writers, Others;
  for (std::uint64_t T = 0; T != Threads; ++T)
    Writers.emplace_back([&, T] {
      Random R(T);
      for (std::uint64_t I = 0; I != Each; ++I) {
        Subject.try_emplace(I * Threads + T, I);
        if (I % 3 == 0)
          Subject.erase(R.below(I + 1) * Threads + T);
        if (I % 5 == 0)
          Subject.insert_or_assign(I * Threads + T, Counted(I + 1));
      }
      for (std::uint64_t I = 0; I != Each; ++I)
        Subject.insert_or_assign(I * Threads + T, Counted(I));
    });
  Others.emplace_back([&] {
    Random R(99);
    while (!Done) {
      std::uint64_t K = R.below(Each * Threads);
      if (auto V = Subject.find(K)) {
        EXPECT_LE(V->Value, K / Threads + 1);
      }
    }
  });
  Others.emplace_back([&] {
    while (!Done) {
      Subject.advance(7);
      std::size_t Seen = 0;
      Subject.for_each([&](const auto &) { ++Seen; });
      EXPECT_LE(Seen, Each * Threads);
      (void)Subject.statistics();
    }
  });
  for (std::thread &W : Writers)
    W.join();
  Done = true;
  for (std::thread &O : Others)
    O.join();
  settle(Subject);
  EXPECT_EQ(Subject.size(), Each * Threads);
  EXPECT_EQ(Subject.retained_bytes(), 0u);
  for (std::uint64_t K = 0; K != Each * Threads; ++K)
    ASSERT_EQ(Subject.find(K)->Value, K / Threads);
}

} // namespace
