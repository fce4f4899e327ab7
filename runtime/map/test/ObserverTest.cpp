//===- ObserverTest.cpp - what observers are told
//--------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MapTestSupport.h"

#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <retsan/observer.h>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

using namespace maptest;
namespace policy = retsan::policy;

namespace {
std::vector<retsan_migration_v1> Received;
}

extern "C" void __retsan_migration_v1(const retsan_migration_v1 *Event) {
  Received.push_back(*Event);
}

namespace {

struct Recorder {
  std::vector<std::string> *Log = nullptr;
  std::size_t Moved = 0, Released = 0, Held = 0;
  void growth_begin(const retsan::migration &M) {
    Log->push_back("begin " + std::to_string(M.total));
    Moved = Released = 0;
    Held = M.old_bytes;
  }
  void bucket_evacuated(const retsan::migration &, std::size_t) { ++Moved; }
  void growth_end(const retsan::migration &M) {
    Log->push_back("end " + std::to_string(Moved) + " of " +
                   std::to_string(M.total));
  }
  void old_released(const retsan::migration &, std::size_t Bytes) {
    Released += Bytes;
    if (Released >= Held)
      Log->push_back("released");
  }
  void iterator_pinned(const retsan::migration &) { Log->push_back("pin"); }
};

TEST(ObserverTest, EventsComeInOrder) {
  std::vector<std::string> Log;
  Map<policy::prompt, std::uint64_t, std::uint64_t, Recorder> Subject;
  Subject.observer().Log = &Log;
  for (std::uint64_t I = 0; I != 60; ++I)
    Subject[I] = I;
  EXPECT_EQ(Log, (std::vector<std::string>{
                     "begin 1", "end 1 of 1", "released", "begin 2",
                     "end 2 of 2", "released", "begin 4", "end 4 of 4",
                     "released", "begin 8", "end 8 of 8", "released"}));
  Log.clear();
  for (const auto &Entry : std::as_const(Subject)) {
    (void)Entry;
    break;
  }
  EXPECT_EQ(Log, std::vector<std::string>{"pin"});
}

TEST(ObserverTest, ChunksAddUpToTheArray) {
  std::vector<std::string> Log;
  Map<policy::prompt, std::uint64_t, std::uint64_t, Recorder> Subject;
  Subject.observer().Log = &Log;
  for (std::uint64_t I = 0; I != 40'000; ++I)
    Subject[I] = I;
  ASSERT_FALSE(Subject.growing());
  EXPECT_EQ(Log.back(), "released");
}

TEST(ObserverTest, GhostIsNeverReleasedBeforeTheNextGrowth) {
  std::vector<std::string> Log;
  Map<policy::ghost, std::uint64_t, std::uint64_t, Recorder> Subject;
  Subject.observer().Log = &Log;
  for (std::uint64_t I = 0; I != 30; ++I)
    Subject[I] = I;
  EXPECT_EQ(Log, (std::vector<std::string>{"begin 1", "end 1 of 1", "released",
                                           "begin 2", "end 2 of 2", "released",
                                           "begin 4", "end 4 of 4"}));
}

TEST(MetricsTest, AStallShows) {
  Map<policy::go_compatible, std::uint64_t, std::uint64_t,
      retsan::metrics_observer>
      Subject;
  std::uint64_t N = fillUntilGrowing(Subject, 5000);
  const auto &Metrics = Subject.observer();
  EXPECT_TRUE(Metrics.growing());
  EXPECT_EQ(Metrics.retained_bytes(), Subject.retained_bytes());
  for (std::uint64_t I = 0; I != 1000; ++I)
    ASSERT_TRUE(std::as_const(Subject).contains(I));
  EXPECT_EQ(Metrics.stalled_for(), 1000u);
  std::uint64_t Moved = Metrics.evacuated_buckets();
  Subject.advance(10);
  EXPECT_GE(Metrics.evacuated_buckets(), Moved + 9);
  EXPECT_EQ(Metrics.stalled_for(), 0u);
  Subject.advance(N);
  EXPECT_FALSE(Metrics.growing());
  EXPECT_EQ(Metrics.retained_bytes(), 0u);
  EXPECT_EQ(Metrics.evacuated_buckets(), Metrics.old_buckets());
}

TEST(MetricsTest, AGrowthThatIsGivenUpIsOver) {
  using Subject = Map<policy::go_compatible, std::uint64_t, std::uint64_t,
                      retsan::metrics_observer>;
  for (void (*End)(Subject &) :
       {+[](Subject &M) { M.clear(); }, +[](Subject &M) { M.rebuild(); },
        +[](Subject &M) { M.shrink_to_fit(); },
        +[](Subject &M) { M = Subject(); }}) {
    Subject M;
    fillUntilGrowing(M, 5000);
    ASSERT_TRUE(M.observer().growing());
    ASSERT_NE(M.observer().retained_bytes(), 0u);
    End(M);
    EXPECT_FALSE(M.observer().growing());
    EXPECT_EQ(M.observer().retained_bytes(), 0u);
  }
  Map<policy::ghost, std::uint64_t, std::uint64_t, retsan::metrics_observer>
      Ghost;
  fillUntilGrowing(Ghost, 5000);
  Ghost.clear();
  EXPECT_FALSE(Ghost.observer().growing());
  EXPECT_EQ(Ghost.observer().retained_bytes(), Ghost.retained_bytes());
  EXPECT_NE(Ghost.retained_bytes(), 0u);
}

TEST(MetricsTest, WhatAnIteratorHoldsIsRetainedUntilItGoes) {
  Map<policy::prompt, std::uint64_t, std::uint64_t, retsan::metrics_observer>
      Subject;
  Subject[0] = 0;
  {
    auto Walk = Subject.begin();
    for (std::uint64_t I = 1; I != 5000 || Subject.growing(); ++I)
      Subject[I] = I;
    EXPECT_NE(Subject.retained_bytes(), 0u);
  }
  EXPECT_EQ(Subject.retained_bytes(), 0u);
  EXPECT_EQ(Subject.observer().retained_bytes(), 0u);
}

TEST(MetricsTest, PrometheusText) {
  Map<policy::prompt, std::uint64_t, std::uint64_t, retsan::metrics_observer>
      Subject;
  for (std::uint64_t I = 0; I != 60; ++I)
    Subject[I] = I;
  std::string Text = Subject.observer().prometheus("routes \"a\"\n");
  EXPECT_NE(
      Text.find("# TYPE retsan_map_growths_total counter\n"
                "retsan_map_growths_total{map=\"routes \\\"a\\\"\\n\"} 4\n"),
      std::string::npos)
      << Text;
  EXPECT_NE(
      Text.find("retsan_map_retained_bytes{map=\"routes \\\"a\\\"\\n\"} 0\n"),
      std::string::npos)
      << Text;
}

TEST(MetricsTest, OnePageForSeveralMaps) {
  Map<policy::go_compatible, std::uint64_t, std::uint64_t,
      retsan::metrics_observer>
      Small, Large;
  fillUntilGrowing(Large, 5000);
  std::istringstream Page(retsan::prometheus_text(
      {{"small", &Small.observer()}, {"large", &Large.observer()}}));
  // The format: HELP and TYPE once a metric, then its samples.
  std::string Line, Metric;
  std::set<std::string> Metrics, Samples;
  while (std::getline(Page, Line)) {
    std::istringstream Words(Line);
    std::string Hash, What, Name;
    if (Line.starts_with("# ")) {
      Words >> Hash >> What >> Name;
      if (What == "HELP") {
        EXPECT_TRUE(Metrics.insert(Metric = Name).second) << Name << " twice";
      } else {
        EXPECT_EQ(What, "TYPE");
        EXPECT_EQ(Name, Metric);
      }
      continue;
    }
    EXPECT_TRUE(Line.starts_with(Metric + "{map=\"")) << Line;
    EXPECT_TRUE(Samples.insert(Line.substr(0, Line.find('}'))).second) << Line;
  }
  EXPECT_EQ(Metrics.size(), 7u);
  EXPECT_EQ(Samples.size(), 14u);
  EXPECT_NE(Page.str().find("retsan_map_growing{map=\"small\"} 0\n"
                            "retsan_map_growing{map=\"large\"} 1\n"),
            std::string::npos);
}

TEST(MetricsTest, ProgressIsReadFromAnotherThread) {
  Map<policy::low_latency, std::uint64_t, std::uint64_t,
      retsan::metrics_observer>
      Subject;
  EXPECT_EQ(Subject.observer().progress(), 1.0);
  fillUntilGrowing(Subject, 5000);
  EXPECT_LT(Subject.observer().progress(), 0.1);
  double Last = 0;
  while (Subject.growing()) {
    Subject.advance(100);
    double Now = 0;
    std::thread([&] { Now = Subject.observer().progress(); }).join();
    EXPECT_GE(Now, Last);
    Last = Now;
  }
  EXPECT_EQ(Last, 1.0);
}

TEST(HooksTest, BeforeDuringAfter) {
  Map<policy::prompt, std::uint64_t, std::uint64_t, retsan::migration_hooks>
      Subject;
  std::vector<std::string> Log;
  std::size_t Moved = 0;
  auto &Hooks = Subject.observer();
  Hooks.before = [&](const retsan::migration &M) {
    EXPECT_EQ(M.done, 0u);
    EXPECT_EQ(M.map, &Subject);
    Moved = 0;
  };
  Hooks.during = [&](const retsan::migration &) { ++Moved; };
  Hooks.after = [&](const retsan::migration &M) {
    EXPECT_EQ(Moved, M.total);
    EXPECT_EQ(M.done, M.total);
    Log.push_back(std::to_string(M.total));
  };
  for (std::uint64_t I = 0; I != 60; ++I)
    Subject[I] = I;
  EXPECT_EQ(Log, (std::vector<std::string>{"1", "2", "4", "8"}));
}

TEST(RuntimeObserverTest, TheReceiverSeesTheOldArrayDie) {
  Received.clear();
  Map<policy::ghost, std::uint64_t, std::uint64_t, retsan::runtime_observer>
      Subject;
  for (std::uint64_t I = 0; I != 15; ++I)
    Subject[I] = I;
  ASSERT_GE(Received.size(), 4u);
  EXPECT_EQ(Received.front().event, unsigned(RETSAN_MIGRATION_BEGIN));
  EXPECT_EQ(Received.front().container, &Subject);
  auto &Last = Received.back();
  EXPECT_EQ(Last.event, unsigned(RETSAN_MIGRATION_END));
  EXPECT_EQ(Last.done, Last.total);
  EXPECT_NE(Last.old_array, nullptr);
}

/// Bytes of old arrays that the receiver was told of and that did not go.
std::map<const void *, std::uint64_t> stillThere() {
  std::map<const void *, std::uint64_t> Held;
  for (const retsan_migration_v1 &E : Received) {
    if (E.event == RETSAN_MIGRATION_BEGIN)
      Held[E.old_array] = E.old_bytes;
    if (E.event != RETSAN_MIGRATION_RELEASED)
      continue;
    // The old array may get overflow buckets after its migration has begun.
    if (Held[E.old_array] <= E.old_bytes)
      Held.erase(E.old_array);
    else
      Held[E.old_array] -= E.old_bytes;
  }
  return Held;
}

template <class Subject> void growAndDie(bool Walked) {
  Received.clear();
  std::optional<typename Subject::iterator> Walk;
  {
    Subject Grown;
    Grown.observer().name = "grown";
    for (std::uint64_t I = 0; I != 3000; ++I) {
      Grown[I] = I;
      if (Walked && I == 100)
        Walk = Grown.begin();
    }
    fillUntilGrowing(Grown, 3000);
    EXPECT_FALSE(stillThere().empty());
  }
  EXPECT_TRUE(stillThere().empty());
  unsigned Begun = 0, Ended = 0;
  for (const retsan_migration_v1 &E : Received) {
    Begun += E.event == RETSAN_MIGRATION_BEGIN;
    Ended += E.event == RETSAN_MIGRATION_END;
    EXPECT_EQ(E.named, 1u);
    EXPECT_STREQ(E.name, "grown");
  }
  EXPECT_EQ(Begun, Ended);
}

TEST(RuntimeObserverTest, NothingIsThereOfAMapThatIsGone) {
  using retsan::runtime_observer;
  growAndDie<
      Map<policy::ghost, std::uint64_t, std::uint64_t, runtime_observer>>(
      false);
  for (bool Walked : {false, true}) {
    growAndDie<Map<policy::go_compatible, std::uint64_t, std::uint64_t,
                   runtime_observer>>(Walked);
    growAndDie<
        Map<policy::prompt, std::uint64_t, std::uint64_t, runtime_observer>>(
        Walked);
  }
}

TEST(RuntimeObserverTest, AMapWithoutANameTellsItsType) {
  Received.clear();
  Map<policy::prompt, std::uint64_t, std::uint64_t, retsan::runtime_observer>
      Subject;
  for (std::uint64_t I = 0; I != 15; ++I)
    Subject[I] = I;
  ASSERT_FALSE(Received.empty());
  EXPECT_STREQ(Received.front().name, "retsan::incremental_map");
}

/// What an unused observer costs in memory: nothing.
struct Empty {};
static_assert(sizeof(Map<policy::prompt>) ==
              sizeof(Map<policy::prompt, std::uint64_t, std::uint64_t, Empty>));

} // namespace
