//===- ShadowHeapTest.cpp - addresses to allocations ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The shadow heap against a std::map of intervals, on address ranges laid out
// as glibc would (a 16-byte step between the end of one and the start of the
// next). The runtime's sources are compiled in, its malloc is not.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace retsan {
// What ShadowHeap needs of the rest of the runtime.
Runtime R;
__thread ThreadState TheThread;
void watchThreadEnd() {}
void takePutOffStop() {}
void Stamps::heapGrew() {}
} // namespace retsan

using namespace retsan;

namespace {

struct Model {
  struct Block {
    uint64_t Size;
    uint32_t Id;
  };
  std::map<uint64_t, Block> Blocks;

  /// One past the end is interior.
  uint32_t find(uint64_t Address) const {
    auto It = Blocks.upper_bound(Address);
    if (It == Blocks.begin())
      return 0;
    --It;
    return Address - It->first <= It->second.Size ? It->second.Id : 0;
  }
};

class ShadowHeapTest : public testing::Test {
protected:
  void SetUp() override {
    TheThread = {}; // its cached ids are another heap's
    ASSERT_TRUE(Heap.start());
  }
  ShadowHeap Heap;
};

TEST_F(ShadowHeapTest, InteriorEndAndBeyond) {
  uint32_t Id = Heap.add(0x10000010, 24);
  ASSERT_NE(Id, 0u);
  EXPECT_EQ(Heap.find(0x1000000f), 0u);
  EXPECT_EQ(Heap.find(0x10000010), Id);
  EXPECT_EQ(Heap.find(0x10000027), Id);
  EXPECT_EQ(Heap.find(0x10000028), Id) << "one past the end";
  EXPECT_EQ(Heap.find(0x10000029), 0u);
  EXPECT_EQ(Heap.findStart(0x10000010), Id);
  EXPECT_EQ(Heap.findStart(0x10000018), 0u);
  EXPECT_EQ(Heap.state(Id), AllocState::Live);
  EXPECT_EQ(Heap.removeAt(0x10000018), 0u);
  EXPECT_EQ(Heap.removeAt(0x10000010), Id);
  EXPECT_EQ(Heap.find(0x10000010), 0u);
  EXPECT_EQ(Heap.find(0x10000020), 0u);
}

TEST_F(ShadowHeapTest, HighBitsAreIgnored) {
  uint32_t Id = Heap.add(0x7ffff0000010, 100);
  EXPECT_EQ(Heap.find(0xabcd7ffff0000010 & ~(uint64_t(1) << 47)), Id);
  EXPECT_EQ(Heap.find(~uint64_t(0)), 0u);
  EXPECT_EQ(Heap.find(0), 0u);
}

TEST_F(ShadowHeapTest, LargeOnesAndRegionBorders) {
  // Each crosses a border of 4 MB, at all offsets of start and end within a
  // page.
  std::mt19937_64 Rng(7);
  for (uint64_t Size : {100ul, 4096ul, 16383ul, 16384ul, 100000ul, 9000000ul})
    for (int N = 0; N != 40; ++N) {
      uint64_t Start = (uint64_t(1) << 32) - (Rng() % Size & ~uint64_t(15));
      uint32_t Id = Heap.add(Start, Size);
      for (uint64_t A : {Start, Start + Size / 3, Start + Size / 2,
                         Start + Size - 1, Start + Size})
        EXPECT_EQ(Heap.find(A), Id) << Size << " " << Start << " " << A;
      EXPECT_EQ(Heap.find(Start - 1), 0u);
      EXPECT_EQ(Heap.find(Start + Size + 1), 0u);
      EXPECT_EQ(Heap.removeAt(Start), Id);
      for (uint64_t A = Start - 16; A <= Start + Size + 16; A += 16)
        ASSERT_EQ(Heap.find(A), 0u) << Size << " " << Start << " " << A;
      Heap.recycle(Id);
    }
}

TEST_F(ShadowHeapTest, ResizeAndRestore) {
  uint32_t Id = Heap.add(0x20000010, 1000);
  uint32_t Next = Heap.add(0x20000010 + 1008 + 16, 50);
  EXPECT_EQ(Heap.removeAt(0x20000010), Id);
  Heap.resize(Id, 100);
  EXPECT_EQ(Heap.find(0x20000010 + 100), Id);
  EXPECT_EQ(Heap.find(0x20000010 + 200), 0u);
  EXPECT_EQ(Heap.removeAt(0x20000010), Id);
  Heap.restore(Id);
  EXPECT_EQ(Heap.find(0x20000050), Id);
  EXPECT_EQ(Heap.find(0x20000010 + 1024), Next);
}

/// Random adds and removals over a few megabytes, every size class and both
/// ways of entry, compared with the model at random and at critical addresses.
TEST_F(ShadowHeapTest, AgreesWithAMap) {
  for (unsigned Seed = 0; Seed != 8; ++Seed) {
    std::mt19937_64 Rng(Seed);
    Model M;
    uint64_t Base = 0x600000000000 + Seed * (uint64_t(1) << 33);
    uint64_t Top = Base + 16;
    std::vector<std::pair<uint64_t, uint64_t>> Holes; // start, room
    auto Check = [&](uint64_t A) {
      ASSERT_EQ(Heap.find(A), M.find(A)) << Seed << " " << A;
    };
    for (int Step = 0; Step != 4000; ++Step) {
      if (Rng() % 5 < 3 || M.Blocks.empty()) {
        uint64_t Size = Rng() % 100 == 0 ? Rng() % 300000
                        : Rng() % 10     ? Rng() % 300
                                         : Rng() % 20000;
        uint64_t Room = (Size + 8 + 15) / 16 * 16;
        uint64_t Start = Top;
        bool Reused = false;
        for (auto &[HoleStart, HoleRoom] : Holes)
          if (HoleRoom >= Room) {
            Start = HoleStart;
            HoleStart += Room;
            HoleRoom -= Room;
            Reused = true;
            break;
          }
        if (!Reused)
          Top += Room;
        M.Blocks[Start] = {Size, Heap.add(Start, Size)};
      } else {
        auto It = std::next(M.Blocks.begin(),
                            static_cast<long>(Rng() % M.Blocks.size()));
        ASSERT_EQ(Heap.removeAt(It->first), It->second.Id);
        Heap.recycle(It->second.Id);
        Holes.push_back({It->first, (It->second.Size + 8 + 15) / 16 * 16});
        M.Blocks.erase(It);
      }
      for (int N = 0; N != 4; ++N)
        Check(Base + Rng() % (Top - Base + 64));
      auto It = M.Blocks.lower_bound(Base + Rng() % (Top - Base));
      if (It != M.Blocks.end()) {
        Check(It->first - 1);
        Check(It->first);
        Check(It->first + It->second.Size);
        Check(It->first + It->second.Size + 1);
      }
    }
    for (auto &[Start, B] : M.Blocks)
      ASSERT_EQ(Heap.findStart(Start), B.Id);
  }
}

TEST_F(ShadowHeapTest, IdsAreUsedAgain) {
  std::vector<uint64_t> Starts;
  for (int Round = 0; Round != 50; ++Round) {
    for (uint64_t I = 0; I != 1000; ++I) {
      Starts.push_back(0x30000010 + I * 64);
      Heap.add(Starts.back(), 40);
    }
    for (uint64_t S : Starts)
      Heap.recycle(Heap.removeAt(S));
    Starts.clear();
  }
  EXPECT_LE(Heap.limit(), 1000u + 2 * ThreadState::IdCacheSize);
}

} // namespace
