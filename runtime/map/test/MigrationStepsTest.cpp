//===- MigrationStepsTest.cpp - the concurrent map between two stores -----===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One test for each rule of docs/design/concurrent-map.md that the map takes:
// a thread is held at the one moment where breaking the rule would show, and
// another one does what would show it. No race has to be won. mutants.py breaks
// each rule in a copy of the headers and asks that its test fails.
//
//===----------------------------------------------------------------------===//

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>

namespace maptest {

enum Moment {
  epoch_read,
  root_loaded,
  word_loaded,
  growth_wanted,
  growth_announced,
  bin_threaded,
  bin_published,
  bin_forwarded,
  bin_counted,
  half_committed,
  Moments
};

/// What happens at a moment. Set before threads start.
struct Steps {
  using Action = std::function<void(std::size_t Bin)>;
  static inline std::array<Action, Moments> Once, Always;
  static inline std::array<std::atomic<bool>, Moments> Armed{};
  /// Actions use the map themselves.
  static inline thread_local bool Within = false;

  static void at(Moment M, std::size_t Bin) {
    if (Within)
      return;
    Within = true;
    if (Armed[M].exchange(false))
      Once[M](Bin);
    if (Always[M])
      Always[M](Bin);
    Within = false;
  }
  static void once(Moment M, Action A) {
    Once[M] = std::move(A);
    Armed[M] = true;
  }
  static void reset() {
    for (int M = 0; M != Moments; ++M) {
      Armed[M] = false;
      Once[M] = Always[M] = nullptr;
    }
  }
};

} // namespace maptest

#define RETSAN_MAP_STEP(Moment, Index)                                         \
  maptest::Steps::at(maptest::Moment, Index)

#include "retsan/map/concurrent_incremental_map.h"

#include <future>
#include <gtest/gtest.h>
#include <mutex>
#include <thread>
#include <vector>

using namespace maptest;
using retsan::migration_phase;

namespace {

/// Looks at the old array when the growth is said to have ended.
struct EndObserver {
  int Ends = 0;
  std::size_t Left = 0;
  void growth_end(const retsan::migration &M) {
    ++Ends;
    Left += M.total - M.done;
    auto *Old = static_cast<retsan::map_detail::concurrent_table *>(
        const_cast<void *>(M.old_array));
    for (std::size_t I = 0; I != Old->bins(); ++I)
      Left += Old->bin(I).load() != Old->forwarded;
  }
};
using Shared = retsan::concurrent_incremental_map<
    std::uint64_t, std::uint64_t, std::hash<std::uint64_t>,
    std::equal_to<std::uint64_t>, EndObserver>;

/// A thread that waits where it is told to, until it is told to go on.
class Stop {
public:
  /// On the thread that stops.
  void here() {
    Arrived.set_value();
    GoOn.get_future().wait();
  }
  void wait() { Arrived.get_future().wait(); }
  void release() { GoOn.set_value(); }

private:
  std::promise<void> Arrived, GoOn;
};

class MigrationSteps : public ::testing::Test {
protected:
  Shared Subject;
  std::uint64_t Keys = 0;

  void TearDown() override { Steps::reset(); }

  /// Up to the moment when a growth of \p Bins bins or more has begun, and
  /// nothing has moved.
  void beginGrowth(std::size_t Bins) {
    for (;; ++Keys) {
      auto S = Subject.statistics();
      if (S.phase == migration_phase::migrating && S.old_bins >= Bins)
        break;
      ASSERT_LT(Keys, 100 * Bins) << "growth does not come on";
      Subject.try_emplace(Keys, Keys);
    }
    ASSERT_EQ(Subject.statistics().migrated_bins, 0u);
  }
  bool allThere() const {
    for (std::uint64_t K = 0; K != Keys; ++K)
      if (Subject.find(K) != K)
        return false;
    std::size_t Seen = 0;
    Subject.for_each([&](const auto &) { ++Seen; });
    return Seen == Subject.size();
  }
  /// As idle time would. False if the growth cannot be ended.
  bool finish() {
    for (int I = 0; I != 3000; ++I)
      if (Subject.advance(64) == 0 && Subject.retained_bytes() == 0)
        return Subject.statistics().phase == migration_phase::idle;
    return false;
  }
  static std::size_t binOf(std::uint64_t Key, std::size_t Bins) {
    return retsan::map_detail::spread(std::hash<std::uint64_t>()(Key)) &
           (Bins - 1);
  }
  static void inAnotherThread(std::function<void()> Do) {
    std::thread(std::move(Do)).join();
  }
};

// Rule 1. Between a thread's look at the state and its claim of a growth,
// another thread begins a growth and ends it.
TEST_F(MigrationSteps, OneGrowthAtATimeEachWithANumber) {
  for (; Keys != 8; ++Keys)
    Subject.try_emplace(Keys, Keys);
  bool Finished = false;
  Steps::once(growth_wanted, [&](std::size_t) {
    inAnotherThread([&] {
      Subject.try_emplace(100, 100);
      Finished = finish();
    });
  });
  Subject.try_emplace(Keys, Keys);
  ++Keys;
  // The first thread was inside all the while, so the array has not gone.
  EXPECT_FALSE(Finished);
  auto S = Subject.statistics();
  EXPECT_EQ(S.version, 1u);
  EXPECT_NE(S.phase, migration_phase::migrating) << "a stale claim is refused";
  EXPECT_EQ(S.bins, 16u);
  EXPECT_TRUE(finish());
  EXPECT_TRUE(allThere());
  EXPECT_EQ(Subject.find(100), 100u);
  EXPECT_EQ(Subject.observer().Ends, 1);
}

// The next array is shown after the phase, since who sees it may end the
// growth.
TEST_F(MigrationSteps, TheNextArrayIsShownAfterThePhase) {
  for (; Keys != 8; ++Keys)
    Subject.try_emplace(Keys, Keys);
  Steps::once(growth_announced, [&](std::size_t) {
    inAnotherThread([&] {
      for (int I = 0; I != 8; ++I)
        Subject.advance(64);
    });
  });
  Subject.try_emplace(Keys, Keys);
  ++Keys;
  auto S = Subject.statistics();
  EXPECT_EQ(S.phase, migration_phase::migrating);
  EXPECT_EQ(S.old_bins, 8u) << "the phase is of a growth that has ended";
  EXPECT_TRUE(finish());
  EXPECT_TRUE(allThere());
}

// Rule 2. A helper that has claimed bins and stands still is walked around.
TEST_F(MigrationSteps, HelpersTakeDifferentBins) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(256));
  Stop Here;
  Steps::once(bin_counted, [&](std::size_t) { Here.here(); });
  std::thread Parked([&] { Subject.advance(Shared::stride); });
  Here.wait();
  std::vector<std::size_t> Bins;
  Steps::Always[bin_forwarded] = [&](std::size_t B) { Bins.push_back(B); };
  Subject.try_emplace(Keys, Keys);
  ++Keys;
  Steps::Always[bin_forwarded] = nullptr;
  ASSERT_EQ(Bins.size(), Shared::stride);
  for (std::size_t I = 0; I != Bins.size(); ++I)
    EXPECT_EQ(Bins[I], Shared::stride + I);
  Here.release();
  Parked.join();
  EXPECT_EQ(Subject.statistics().migrated_bins, 2 * Shared::stride);
  EXPECT_TRUE(finish());
  EXPECT_TRUE(allThere());
}

// Rule 3. Whenever a look-up begins, it finds what is there.
TEST_F(MigrationSteps, AfterEachStoreAllIsThere) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(64));
  int Looks = 0, Wrong = 0;
  for (Moment M : {bin_threaded, bin_published, bin_forwarded, half_committed})
    Steps::Always[M] = [&](std::size_t) {
      ++Looks;
      Wrong += !allThere();
    };
  while (Subject.advance(1) != 0) {
  }
  EXPECT_GE(Looks, 3 * 64 + 1);
  EXPECT_EQ(Wrong, 0);
}

// Rule 4. Who moves the last bin by number does not commit while another
// thread has one in hand.
TEST_F(MigrationSteps, TheLastBinThatMovesCommits) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(64));
  Stop Here;
  Steps::once(bin_forwarded, [&](std::size_t) { Here.here(); });
  std::thread Parked([&] { Subject.advance(Shared::stride); });
  Here.wait();
  int Before = Subject.observer().Ends;
  // Changes move all bins that nobody has claimed, and no other.
  for (int I = 0; I != 64; ++I)
    Subject.insert_or_assign(0, 0);
  auto S = Subject.statistics();
  EXPECT_EQ(S.phase, migration_phase::migrating);
  EXPECT_EQ(Subject.observer().Ends, Before);
  EXPECT_TRUE(allThere());
  Here.release();
  Parked.join();
  EXPECT_EQ(Subject.observer().Ends, Before + 1);
  EXPECT_EQ(Subject.observer().Left, 0u);
  EXPECT_TRUE(finish());
  EXPECT_TRUE(allThere());
}

// Rules 5 and 13. Each old bin, empty ones too, ends forwarded; one committer.
TEST_F(MigrationSteps, OldBinsHoldNothingAtTheEnd) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(256));
  EXPECT_TRUE(finish());
  EXPECT_EQ(Subject.observer().Ends, 1 + 5) << "8, 16, ... 256 bins";
  EXPECT_EQ(Subject.observer().Left, 0u);
}

// Rule 6. advance() moves what another thread has claimed and left.
TEST_F(MigrationSteps, IdleTimeEndsWhatAHelperLeft) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(256));
  Stop Here;
  Steps::once(bin_counted, [&](std::size_t) { Here.here(); });
  std::thread Parked([&] { Subject.advance(Shared::stride); });
  Here.wait();
  for (int I = 0; I != 100 && Subject.advance(64) != 0; ++I) {
  }
  EXPECT_EQ(Subject.statistics().phase, migration_phase::done);
  EXPECT_TRUE(allThere());
  Here.release();
  Parked.join();
  EXPECT_TRUE(finish());
}

// Rule 7. A bin is locked before its entries are read: a change that comes in
// between waits, and goes to the new bin.
TEST_F(MigrationSteps, NobodyChangesABinThatMoves) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(64));
  std::size_t Bins = Subject.statistics().old_bins;
  std::uint64_t Key = 1'000'000;
  std::future<void> Changed;
  Steps::once(bin_threaded, [&](std::size_t Bin) {
    while (binOf(Key, Bins) != Bin)
      ++Key;
    Changed =
        std::async(std::launch::async, [&] { Subject.try_emplace(Key, Key); });
    // It cannot end before we go on. If it can, it has the time for it.
    Changed.wait_for(std::chrono::milliseconds(200));
  });
  Subject.advance(1);
  Changed.wait();
  EXPECT_EQ(Subject.find(Key), Key);
  EXPECT_TRUE(finish());
  EXPECT_EQ(Subject.find(Key), Key);
  EXPECT_TRUE(allThere());
}

// Rule 8. A reader, idle or not, holds what it could reach.
TEST_F(MigrationSteps, AReaderHoldsTheArrayAndWhatWasErased) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(64));
  {
    auto Reader = Subject.read();
    const std::uint64_t *Seen = Reader.find(3);
    ASSERT_NE(Seen, nullptr);
    inAnotherThread([&] {
      Subject.erase(3);
      finish();
    });
    auto S = Subject.statistics();
    EXPECT_EQ(S.phase, migration_phase::done);
    EXPECT_GT(S.old_bytes, 0u);
    EXPECT_GT(S.retired_bytes, 0u);
    EXPECT_EQ(*Seen, 3u);
  }
  EXPECT_TRUE(finish());
}

// Rule 9. Between a writer's look at its bin and its lock, the bin is moved.
TEST_F(MigrationSteps, AWriterLooksAgainWhenItLocks) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(64));
  Steps::once(word_loaded, [&](std::size_t) {
    inAnotherThread([&] {
      while (Subject.advance(64) != 0) {
      }
    });
  });
  Subject.try_emplace(Keys, Keys);
  ++Keys;
  EXPECT_EQ(Subject.statistics().phase, migration_phase::done);
  EXPECT_TRUE(allThere());
  EXPECT_TRUE(finish());
  EXPECT_TRUE(allThere());
}

// Rule 11. An entry goes home: to the old bin until that is forwarded.
TEST_F(MigrationSteps, InsertionsBeforeAndAfterAMoveStay) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(256));
  for (int I = 0; I != 3; ++I, ++Keys)
    Subject.try_emplace(Keys, Keys); // Moves 48 bins on the way.
  EXPECT_TRUE(allThere());
  EXPECT_TRUE(finish());
  EXPECT_TRUE(allThere());
}

// Rule 14. A reader comes between the two halves of the commit, after a grace
// period has begun. What it finds at the root must not be what is freed.
TEST_F(MigrationSteps, TheRootIsUnlinkedBeforeTheArrayIsRetired) {
  ASSERT_NO_FATAL_FAILURE(beginGrowth(64));
  Stop Here;
  std::thread Reader;
  Steps::once(half_committed, [&](std::size_t) {
    inAnotherThread([&] { Subject.advance(0); });
    Steps::once(root_loaded, [&](std::size_t) { Here.here(); });
    Reader = std::thread([&] { EXPECT_EQ(Subject.find(1), 1u); });
    Here.wait();
  });
  while (Subject.advance(64) != 0) {
  }
  for (int I = 0; I != 10; ++I)
    Subject.advance(64);
  Here.release();
  Reader.join();
  EXPECT_TRUE(finish());
  EXPECT_TRUE(allThere());
}

// Rule 15. A reader that has read the epoch and then slept through its end.
TEST_F(MigrationSteps, AReaderOfALateEpochIsSeen) {
  for (; Keys != 8; ++Keys)
    Subject.try_emplace(Keys, Keys);
  Stop Entering, Inside;
  Steps::once(epoch_read, [&](std::size_t) { Entering.here(); });
  std::thread Late([&] {
    auto Reader = Subject.read();
    const std::uint64_t *Seen = Reader.find(5);
    Inside.here();
    EXPECT_EQ(*Seen, 5u);
  });
  Entering.wait();
  Subject.erase(4);
  EXPECT_TRUE(finish()) << "nobody is inside yet: the epoch turns";
  Entering.release();
  Inside.wait();
  Subject.erase(5);
  for (int I = 0; I != 10; ++I)
    Subject.advance(64);
  EXPECT_GT(Subject.statistics().retired_bytes, 0u);
  Inside.release();
  Late.join();
  EXPECT_TRUE(finish());
  EXPECT_FALSE(Subject.contains(5));
}

} // namespace
