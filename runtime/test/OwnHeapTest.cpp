//===- OwnHeapTest.cpp - the allocator of our own, by itself --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random requests against a model: no overlap, contents kept, look-ups of
// start, inside, one past the end and beyond; then threads that free each
// other's objects. The runtime's sources are compiled in, its malloc is not, so
// this also runs under the sanitizers.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <thread>
#include <vector>

namespace retsan {
// What the allocator needs of the rest of the runtime.
Runtime R;
__thread ThreadState TheThread;
void watchThreadEnd() {}
void takePutOffStop() {}
void Stamps::heapGrew() {}
} // namespace retsan

using namespace retsan;

namespace {

uint64_t toInt(const void *P) { return reinterpret_cast<uint64_t>(P); }

class OwnHeapTest : public testing::Test {
protected:
  void SetUp() override {
    TheThread = {}; // its cache is another heap's
    ASSERT_TRUE(Heap.start());
  }
  void TearDown() override { TheThread = {}; }
  void release(const void *P) {
    OwnHeap::Place At;
    ASSERT_TRUE(Heap.place(toInt(P), At));
    Heap.release(At);
  }
  OwnHeap Heap;
};

TEST(OwnLookupTest, IsExactForEachClassAndOffset) {
  constexpr uint32_t Page = 1u << OwnLookup::PageBits;
  for (uint32_t Size : OwnClassTable.Size)
    for (uint32_t FirstId : {1u, 0x7fff0000u})
      for (uint32_t Offset = 0; Offset != OwnLookup::MaxPages * Page;
           ++Offset) {
        OwnLookup L = OwnLookup::make(FirstId, Size, 0, Offset / Page);
        uint64_t Product = L.product(7 * Page + Offset % Page);
        if (OwnLookup::id(Product) == FirstId + Offset / Size &&
            L.within(Product) == Offset % Size &&
            L.isStart(Product) == (Offset % Size == 0))
          continue;
        FAIL() << "objects of " << Size << " bytes at " << Offset;
      }
}

TEST(OwnLookupTest, ALargeObjectHasOneIdAndNoStart) {
  for (uint32_t Page : {0u, 1u, 100000u}) {
    OwnLookup L = OwnLookup::make(5, 0, 0, Page);
    for (uint64_t At : {0, 1, 65535}) {
      EXPECT_EQ(OwnLookup::id(L.product(At)), 5u);
      EXPECT_FALSE(L.isStart(L.product(At)));
    }
  }
}

TEST_F(OwnHeapTest, EachSizeIsFoundFromStartToOnePastTheEnd) {
  for (size_t Size = 0; Size < 70000; Size += Size < 600 ? 1 : 237) {
    auto *P = static_cast<char *>(Heap.allocate(Size));
    ASSERT_NE(P, nullptr);
    ASSERT_EQ(toInt(P) % 16, 0u);
    uint32_t Id = Heap.find(toInt(P));
    ASSERT_NE(Id, 0u) << Size;
    EXPECT_EQ(Heap.startOf(Id), toInt(P));
    EXPECT_EQ(Heap.sizeOf(Id), Size);
    EXPECT_EQ(Heap.find(toInt(P) + Size / 2), Id);
    EXPECT_EQ(Heap.find(toInt(P) + Size), Id) << Size;
    EXPECT_NE(Heap.find(toInt(P) + Size + 1), Id) << Size;
    OwnHeap::Place At;
    EXPECT_TRUE(Heap.place(toInt(P), At));
    EXPECT_FALSE(Heap.place(toInt(P) + 8, At)) << Size;
    memset(P, 0x5a, Size);
    if (Size % 3)
      release(P);
  }
}

TEST_F(OwnHeapTest, PowersOfTwoWasteLittle) {
  for (size_t Size = 32; Size <= 16384; Size *= 2) {
    uint64_t A = toInt(Heap.allocate(Size)), B = toInt(Heap.allocate(Size));
    EXPECT_LE(B - A, Size + 16) << Size;
  }
}

TEST_F(OwnHeapTest, WhatWasFreedIsNeitherFoundNorFreedAgain) {
  void *P = Heap.allocate(100), *Q = Heap.allocate(100000);
  release(P);
  release(Q);
  OwnHeap::Place At;
  EXPECT_EQ(Heap.find(toInt(P)), 0u);
  EXPECT_EQ(Heap.find(toInt(Q)), 0u);
  EXPECT_FALSE(Heap.place(toInt(P), At));
  EXPECT_FALSE(Heap.place(toInt(Q), At));
  EXPECT_EQ(Heap.find(0), 0u);
  EXPECT_EQ(Heap.find(~uint64_t(0)), 0u);
  EXPECT_EQ(Heap.find(toInt(&At)), 0u);
}

TEST_F(OwnHeapTest, Aligned) {
  for (size_t Alignment = 8; Alignment <= size_t(1) << 22; Alignment *= 2)
    for (size_t Size : {1, 100, 5000, 40000, 300000}) {
      void *P = Heap.allocateAligned(Alignment, Size);
      ASSERT_NE(P, nullptr);
      EXPECT_EQ(toInt(P) % Alignment, 0u) << Alignment << " " << Size;
      memset(P, 1, Size);
      uint32_t Id = Heap.find(toInt(P));
      ASSERT_NE(Id, 0u);
      EXPECT_EQ(Heap.startOf(Id), toInt(P));
      EXPECT_EQ(Heap.sizeOf(Id), Size);
      EXPECT_EQ(Heap.find(toInt(P) + Size), Id);
      EXPECT_EQ(Heap.find(toInt(P) - 1) == Id, false);
      release(P);
    }
  EXPECT_EQ(Heap.allocateAligned(size_t(1) << 60, 1), nullptr);
}

TEST_F(OwnHeapTest, ZeroedIsZero) {
  for (int Round = 0; Round != 3; ++Round) {
    std::vector<char *> All;
    for (size_t Size = 1; Size < 200000; Size += Size / 2 + 1) {
      auto *P = static_cast<char *>(Heap.allocateZeroed(Size));
      for (size_t I = 0; I != Size; ++I)
        ASSERT_EQ(P[I], 0) << Size;
      memset(P, 0xff, Size);
      All.push_back(P);
    }
    for (char *P : All)
      release(P);
  }
}

TEST_F(OwnHeapTest, AbsurdRequestsFail) {
  EXPECT_EQ(Heap.allocate(~size_t(0)), nullptr);
  EXPECT_EQ(Heap.allocate(~size_t(0) >> 1), nullptr);
  EXPECT_EQ(Heap.allocate(size_t(1) << 46), nullptr);
}

TEST_F(OwnHeapTest, AgreesWithAModel) {
  struct Block {
    size_t Size;
    unsigned char Fill;
  };
  for (unsigned Seed = 0; Seed != 6; ++Seed) {
    std::mt19937_64 Rng(Seed);
    std::map<uint64_t, Block> Model;
    auto Check = [&](uint64_t A) {
      auto It = Model.upper_bound(A);
      uint64_t Start = 0;
      if (It != Model.begin() &&
          A - std::prev(It)->first <= std::prev(It)->second.Size)
        Start = std::prev(It)->first;
      uint32_t Id = Heap.find(A);
      ASSERT_EQ(Id != 0, Start != 0) << Seed << " " << A;
      if (Start) {
        ASSERT_EQ(Heap.startOf(Id), Start);
      }
    };
    auto Verify = [&](uint64_t At, const Block &B) {
      auto *P = reinterpret_cast<unsigned char *>(At);
      for (size_t I = 0; I < B.Size; I += 1 + B.Size / 8)
        ASSERT_EQ(P[I], B.Fill);
      if (B.Size) {
        ASSERT_EQ(P[B.Size - 1], B.Fill);
      }
    };
    for (int Step = 0; Step != 20000; ++Step) {
      unsigned What = Rng() % 100;
      // Grow and shrink in turn, so that spans empty and pages join again.
      bool Growing = Step / 4000 % 2 == 0;
      if (Model.empty() || What < (Growing ? 60u : 35u)) {
        size_t Size = Rng() % 200 == 0  ? Rng() % 2000000
                      : Rng() % 10 == 0 ? Rng() % 40000
                                        : Rng() % 300;
        void *P = What % 5 ? Heap.allocate(Size)
                           : Heap.allocateAligned(16u << Rng() % 9, Size);
        ASSERT_NE(P, nullptr);
        Block B = {Size, static_cast<unsigned char>(Rng())};
        memset(P, B.Fill, Size);
        auto [It, New] = Model.insert({toInt(P), B});
        ASSERT_TRUE(New);
        if (It != Model.begin()) {
          ASSERT_LT(std::prev(It)->first + std::prev(It)->second.Size,
                    It->first);
        }
        if (std::next(It) != Model.end()) {
          ASSERT_LT(It->first + Size, std::next(It)->first);
        }
      } else {
        auto It = Model.lower_bound(Heap.lowest() +
                                    Rng() % (Heap.highest() - Heap.lowest()));
        if (It == Model.end())
          It = Model.begin();
        Verify(It->first, It->second);
        if (What % 4 == 0) {
          size_t Size = It->second.Size + Rng() % 40000 - 20000;
          if (Size < 4000000 && Heap.resize(Heap.find(It->first), Size)) {
            Block &B = It->second;
            Verify(It->first, {Size < B.Size ? Size : B.Size, B.Fill});
            memset(reinterpret_cast<void *>(It->first), B.Fill, Size);
            B.Size = Size;
            if (std::next(It) != Model.end()) {
              ASSERT_LT(It->first + Size, std::next(It)->first);
            }
          }
        } else {
          release(reinterpret_cast<void *>(It->first));
          Model.erase(It);
        }
      }
      Check(Heap.lowest() + Rng() % (Heap.highest() - Heap.lowest()));
    }
    for (auto &[At, B] : Model) {
      Verify(At, B);
      release(reinterpret_cast<void *>(At));
    }
  }
}

/// All is given back, so a second round needs no new pages.
TEST_F(OwnHeapTest, MemoryIsUsedAgainByOtherSizes) {
  uint64_t Top = 0;
  for (size_t Size : {40, 400, 4000, 40, 30000, 100000, 400}) {
    std::vector<void *> All;
    for (size_t Sum = 0; Sum < 8u << 20; Sum += Size)
      All.push_back(Heap.allocate(Size));
    for (void *P : All)
      release(P);
    if (!Top)
      Top = Heap.highest();
    EXPECT_LE(Heap.highest() - Heap.lowest(), (Top - Heap.lowest()) * 2);
  }
}

/// Each thread allocates, checks and frees what another has allocated.
TEST_F(OwnHeapTest, ThreadsFreeEachOthersObjects) {
  constexpr unsigned Threads = 4, Rounds = 30000, Slots = 256;
  static std::atomic<char *> Shared[Slots];
  for (auto &S : Shared)
    S = nullptr;
  std::atomic<unsigned> Bad{0};
  auto Work = [&](unsigned Seed) {
    std::mt19937 Rng(Seed);
    for (unsigned N = 0; N != Rounds; ++N) {
      size_t Size = 8 + Rng() % 500;
      auto *P = static_cast<char *>(Heap.allocate(Size));
      memset(P, static_cast<int>(Size % 251), Size);
      memcpy(P, &Size, sizeof Size);
      char *Old = Shared[Rng() % Slots].exchange(P);
      if (!Old)
        continue;
      size_t OldSize;
      memcpy(&OldSize, Old, sizeof OldSize);
      OwnHeap::Place At;
      bool Found = Heap.place(toInt(Old), At);
      Bad += !Found || Heap.sizeOf(At.Id) != OldSize ||
             (OldSize > 8 &&
              static_cast<unsigned char>(Old[OldSize - 1]) != OldSize % 251);
      if (Found)
        Heap.release(At);
    }
    Heap.leaveCache();
  };
  for (int Round = 0; Round != 3; ++Round) {
    std::vector<std::thread> All;
    for (unsigned T = 0; T != Threads; ++T)
      All.emplace_back(Work, T + 1);
    for (std::thread &T : All)
      T.join();
  }
  EXPECT_EQ(Bad, 0u);
  unsigned Live = 0;
  for (uint32_t Id = 1; Id < Heap.limit(); ++Id)
    Live += Heap.isLive(Id);
  unsigned Held = 0;
  for (auto &S : Shared)
    Held += S != nullptr;
  EXPECT_EQ(Live, Held);
  // 256 objects of up to 508 bytes.
  EXPECT_LT(Heap.highest() - Heap.lowest(), 64u << 20);
}

/// One allocates, the other frees: what comes back is used again.
TEST_F(OwnHeapTest, AProducerGetsItsMemoryBack) {
  constexpr unsigned Count = 400000, Window = 1024;
  std::vector<std::atomic<void *>> Queue(Window);
  std::thread Consumer([&] {
    for (unsigned N = 0; N != Count; ++N) {
      void *P;
      while (!(P = Queue[N % Window].exchange(nullptr)))
        std::this_thread::yield();
      OwnHeap::Place At;
      if (Heap.place(toInt(P), At))
        Heap.release(At);
    }
  });
  for (unsigned N = 0; N != Count; ++N) {
    void *P = Heap.allocate(200);
    while (Queue[N % Window].load())
      std::this_thread::yield();
    Queue[N % Window] = P;
  }
  Consumer.join();
  EXPECT_LT(Heap.highest() - Heap.lowest(), 16u << 20)
      << "80 MB went through, 0.2 MB at a time";
}

TEST_F(OwnHeapTest, GravesAreUsedAgain) {
  std::vector<uint32_t> Ids;
  for (int I = 0; I != 1000; ++I) {
    Ids.push_back(Heap.bury());
    EXPECT_EQ(Heap.stateOf(Ids.back()), OwnHeap::Buried);
    EXPECT_FALSE(Heap.isLive(Ids.back()));
  }
  uint32_t Limit = Heap.limit();
  for (int Round = 0; Round != 5; ++Round) {
    for (uint32_t Id : Ids)
      Heap.unbury(Id);
    for (uint32_t &Id : Ids)
      Id = Heap.bury();
  }
  EXPECT_EQ(Heap.limit(), Limit);
}

} // namespace
