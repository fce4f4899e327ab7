//===- LinearizabilityTest.cpp - recorded histories of the concurrent map -===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads look up, insert, assign and erase few keys while another one fills
// the map through growth after growth. Each operation is recorded with the
// number of a global clock before and after.
//
//===----------------------------------------------------------------------===//

#include "Linearizable.h"
#include "MapTestSupport.h"
#include "retsan/map/concurrent_incremental_map.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

using namespace maptest;

namespace {

using Op = Operation;

TEST(CheckerTest, TellsGoodFromBad) {
  // A find may fall on either side of an assignment that it overlaps.
  Op Put{Op::Assign, 1, 4, 7, true, {}};
  EXPECT_TRUE(Linearizable::check({Put, {Op::Find, 2, 3, 0, false, 7}}));
  EXPECT_TRUE(Linearizable::check({Put, {Op::Find, 2, 3, 0, false, {}}}));
  // Not so once it has ended.
  EXPECT_FALSE(Linearizable::check({Put, {Op::Find, 5, 6, 0, false, {}}}));
  EXPECT_FALSE(Linearizable::check({Put, {Op::Find, 5, 6, 0, false, 8}}));
  // Two finds must not see time go back.
  EXPECT_FALSE(Linearizable::check(
      {Put, {Op::Find, 2, 3, 0, false, 7}, {Op::Find, 4, 5, 0, false, {}}}));
  // One erasure too many.
  EXPECT_FALSE(Linearizable::check(
      {Put, {Op::Erase, 5, 8, 0, true, {}}, {Op::Erase, 6, 9, 0, true, {}}}));
}

class Recorder {
public:
  explicit Recorder(std::uint64_t Seed) : R(Seed) {
    for (std::uint64_t K = 0; K != Keys; ++K)
      Histories[K].reserve(64);
  }

  /// True if every key's history is linearizable.
  std::size_t run(std::uint64_t &Growths) {
    std::vector<std::vector<std::pair<std::uint64_t, Op>>> Records(Threads);
    std::vector<std::thread> Team;
    std::atomic<bool> Go{false};
    std::atomic<int> Busy{Threads};
    for (int T = 0; T != Threads; ++T)
      Team.emplace_back([&, T, Seed = R()] {
        while (!Go.load())
          std::this_thread::yield();
        worker(T, Seed, Records[T]);
        --Busy;
      });
    Team.emplace_back([&] {
      Go = true;
      // Other keys: growth from 8 bins on, until the others are done.
      for (std::uint64_t I = 0; Busy != 0 && I != 200'000; ++I)
        Subject.try_emplace(1'000'000 + I, I);
    });
    for (std::thread &T : Team)
      T.join();
    for (auto &Record : Records)
      for (auto &[Key, O] : Record)
        Histories[Key].push_back(O);
    std::size_t Wrong = 0;
    for (auto &H : Histories)
      Wrong += H.size() > 64 || !Linearizable::check(H);
    Growths += Subject.statistics().version;
    return Wrong;
  }

private:
  static constexpr int Threads = 4;
  static constexpr std::uint64_t Keys = 40;
  static constexpr int OpsOfThread = 320; // 32 a key.

  void worker(int T, std::uint64_t Seed,
              std::vector<std::pair<std::uint64_t, Op>> &Record) {
    Random Mine(Seed);
    for (int I = 0; I != OpsOfThread; ++I) {
      std::uint64_t Key = I / 8 % Keys; // All threads at about the same keys.
      Op O{};
      O.What = static_cast<Op::Kind>(Mine.below(4));
      O.Argument = static_cast<std::uint64_t>(T) << 32 | I;
      O.Begin = Clock.fetch_add(1);
      switch (O.What) {
      case Op::Find:
        O.Found = Subject.find(Key);
        break;
      case Op::TryEmplace:
        O.Returned = Subject.try_emplace(Key, O.Argument);
        break;
      case Op::Assign:
        O.Returned = Subject.insert_or_assign(Key, O.Argument);
        break;
      default:
        O.Returned = Subject.erase(Key);
      }
      O.End = Clock.fetch_add(1);
      Record.push_back({Key, O});
      if (Mine.below(16) == 0)
        std::this_thread::yield();
    }
  }

  Random R;
  std::atomic<std::uint64_t> Clock{1};
  retsan::concurrent_incremental_map<std::uint64_t, std::uint64_t> Subject;
  std::vector<Op> Histories[Keys];
};

TEST(LinearizabilityTest, EachKeyOfEachHistory) {
  std::uint64_t Growths = 0;
  for (std::uint64_t Seed = 1; Seed != 21; ++Seed) {
    Recorder One(Seed);
    ASSERT_EQ(One.run(Growths), 0u) << "seed " << Seed;
  }
  EXPECT_GT(Growths, 40u) << "histories without migrations show nothing";
}

} // namespace
