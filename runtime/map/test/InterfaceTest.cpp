//===- InterfaceTest.cpp - the container's interface, call by call
//---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MapTestSupport.h"

#include <gtest/gtest.h>
#include <map>
#include <memory_resource>
#include <string_view>
#include <vector>

using namespace maptest;
namespace policy = retsan::policy;

namespace {

using Plain = retsan::incremental_map<int, std::string>;

static_assert(std::forward_iterator<Plain::iterator>);
static_assert(std::forward_iterator<Plain::const_iterator>);
static_assert(std::is_convertible_v<Plain::iterator, Plain::const_iterator>);
static_assert(!std::is_convertible_v<Plain::const_iterator, Plain::iterator>);
static_assert(std::is_nothrow_move_constructible_v<Plain>);
static_assert(std::is_nothrow_move_assignable_v<Plain>);
static_assert(std::is_same_v<decltype(*std::declval<Plain &>().begin()),
                             std::pair<const int, std::string> &>);

TEST(InterfaceTest, AnEmptyMapAllocatesNothingAndAnswers) {
  Plain M;
  EXPECT_TRUE(M.empty());
  EXPECT_EQ(M.begin(), M.end());
  EXPECT_EQ(M.find(1), M.end());
  EXPECT_EQ(M.erase(1), 0u);
  EXPECT_EQ(M.bucket_count(), 0u);
  EXPECT_EQ(M.advance(5), 0u);
  EXPECT_THROW(M.at(1), std::out_of_range);
  M.clear();
  M.rebuild();
  M.shrink_to_fit();
  EXPECT_EQ(M.statistics().current_bytes, 0u);
}

TEST(InterfaceTest, InsertionsTellWhetherTheyHappened) {
  Plain M{{1, "one"}, {2, "two"}, {1, "uno"}};
  EXPECT_EQ(M.size(), 2u);
  EXPECT_EQ(M.at(1), "one");
  EXPECT_FALSE(M.insert({1, "x"}).second);
  EXPECT_TRUE(M.insert(std::pair<int, const char *>(3, "three")).second);
  EXPECT_TRUE(M.emplace(4, "four").second);
  EXPECT_FALSE(M.try_emplace(4, "x").second);
  auto [It, New] = M.insert_or_assign(4, "vier");
  EXPECT_FALSE(New);
  EXPECT_EQ(It->second, "vier");
  EXPECT_EQ(M[5], "");
  M[5] = "five";
  std::map<int, std::string> Sorted(M.begin(), M.end());
  EXPECT_EQ(
      Sorted,
      (std::map<int, std::string>{
          {1, "one"}, {2, "two"}, {3, "three"}, {4, "vier"}, {5, "five"}}));
  M = {{9, "nine"}};
  EXPECT_EQ(M.size(), 1u);
}

TEST(InterfaceTest, TryEmplaceLeavesItsArgumentsAlone) {
  retsan::incremental_map<int, std::unique_ptr<int>> M;
  auto P = std::make_unique<int>(1), Q = std::make_unique<int>(2);
  EXPECT_TRUE(M.try_emplace(1, std::move(P)).second);
  EXPECT_FALSE(M.try_emplace(1, std::move(Q)).second);
  ASSERT_NE(Q, nullptr);
  EXPECT_EQ(*Q, 2);
}

TEST(InterfaceTest, ArgumentsMayReferToEntries) {
  // Each insertion during the growth moves buckets, the arguments' ones too.
  retsan::incremental_map<std::string, std::string> M;
  auto Name = [](int I) {
    return "a rather long name for a key, number " + std::to_string(I);
  };
  M[Name(0)] = Name(0);
  for (int I = 1; I != 5000; ++I) {
    const auto &Before = *std::as_const(M).find(Name(I / 2));
    M.try_emplace(Name(I), Before.second);
    ASSERT_EQ(M.at(Name(I)), Name(0));
    const auto &Again = *std::as_const(M).find(Name(I / 3));
    M.insert_or_assign(Again.first, Name(0));
    M.insert(*std::as_const(M).find(Name(I / 3)));
    const auto &Key = std::as_const(M).find(Name(I))->first;
    ASSERT_TRUE(M.contains(Key));
    if (I % 7 == 0) {
      M.erase(std::as_const(M).find(Name(I))->first);
      M[Name(I)] = Name(0);
    }
  }
  EXPECT_EQ(M.size(), 5000u);
}

struct SeenHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view S) const {
    return std::hash<std::string_view>()(S);
  }
};

TEST(InterfaceTest, HeterogeneousLookup) {
  retsan::incremental_map<std::string, int, SeenHash, std::equal_to<>> M;
  for (int I = 0; I != 100; ++I)
    M[std::to_string(I)] = I;
  std::string_view Key = "42";
  EXPECT_EQ(M.find(Key)->second, 42);
  EXPECT_EQ(std::as_const(M).at(Key), 42);
  EXPECT_TRUE(M.contains("7"));
  EXPECT_EQ(M.count(std::string_view("no")), 0u);
  EXPECT_EQ(M.erase(Key), 1u);
  EXPECT_FALSE(M.contains(Key));
  M.erase(M.find("7"));
  EXPECT_EQ(M.size(), 98u);
}

TEST(InterfaceTest, CopiesAreEqualAndApart) {
  Plain A;
  for (int I = 0; I != 1000; ++I)
    A[I] = std::to_string(I);
  Plain B(A), C;
  C = A;
  EXPECT_EQ(A, B);
  EXPECT_EQ(A, C);
  B[0] = "other";
  EXPECT_NE(A, B);
  C.erase(0);
  EXPECT_NE(A, C);
  Plain &Self = A;
  A = Self;
  EXPECT_EQ(A.size(), 1000u);
  Plain D(std::move(A));
  EXPECT_TRUE(A.empty());
  EXPECT_EQ(D.size(), 1000u);
  A[1] = "usable again";
  EXPECT_EQ(A.size(), 1u);
  swap(A, D);
  EXPECT_EQ(A.size(), 1000u);
  EXPECT_EQ(D.at(1), "usable again");
}

TEST(InterfaceTest, AlgorithmsInsertWithHints) {
  std::map<int, std::string> From{{1, "one"}, {2, "two"}};
  Plain M;
  std::copy(From.begin(), From.end(), std::inserter(M, M.end()));
  EXPECT_EQ(M.size(), 2u);
  EXPECT_EQ(M.insert(M.begin(), {3, "three"})->second, "three");
  EXPECT_EQ(M.emplace_hint(M.end(), 3, "drei")->second, "three");
  EXPECT_EQ(M.emplace_hint(M.end(), 4, "four")->first, 4);
}

TEST(InterfaceTest, ARangeIsErasedAlsoInTheMiddleOfAGrowth) {
  for (int N : {0, 1, 8, 100, 1000}) {
    Plain M, Grown;
    for (int I = 0; I != N; ++I)
      M[I] = std::to_string(I);
    // The first third goes, the order of the walk decides which that is.
    auto Last = M.begin();
    std::vector<int> Gone;
    for (int I = 0; I != N / 3; ++I, ++Last)
      Gone.push_back(Last->first);
    auto Next = M.erase(M.begin(), Last);
    EXPECT_TRUE(Next == Last);
    ASSERT_EQ(M.size(), static_cast<std::size_t>(N - N / 3));
    for (int Key : Gone)
      ASSERT_FALSE(M.contains(Key));
    EXPECT_EQ(M.erase(M.begin(), M.end()), M.end());
    EXPECT_TRUE(M.empty());
    while (!Grown.growing())
      Grown[static_cast<int>(Grown.size())];
    Grown.erase(Grown.cbegin(), Grown.cend());
    EXPECT_TRUE(Grown.empty());
  }
}

TEST(InterfaceTest, ReserveLeavesNoGrowthToCome) {
  Plain M;
  M.reserve(1000);
  std::size_t Buckets = M.bucket_count();
  for (int I = 0; I != 1000; ++I) {
    M[I];
    ASSERT_FALSE(M.growing());
  }
  EXPECT_EQ(M.bucket_count(), Buckets);
  EXPECT_LE(M.load_factor(), M.max_load_factor());
}

TEST(InterfaceTest, PolymorphicAllocatorsReachTheElements) {
  using Value = std::pmr::string;
  using Alloc = std::pmr::polymorphic_allocator<std::pair<const int, Value>>;
  using M = retsan::incremental_map<int, Value, std::hash<int>,
                                    std::equal_to<int>, Alloc>;
  std::pmr::monotonic_buffer_resource Pool;
  M A(0, {}, {}, Alloc(&Pool));
  for (int I = 0; I != 500; ++I)
    A.try_emplace(I, "long enough that the string has to allocate");
  for (int I = 0; I != 500; ++I)
    ASSERT_EQ(A.at(I).get_allocator().resource(), &Pool);
  // Unequal and not propagated: the elements move, one by one.
  M B;
  B = std::move(A);
  EXPECT_EQ(B.size(), 500u);
  EXPECT_NE(B.get_allocator().resource(), &Pool);
  EXPECT_EQ(B.at(3).get_allocator(), B.get_allocator());
  M C(B, Alloc(&Pool));
  EXPECT_EQ(C, B);
  EXPECT_EQ(C.at(3).get_allocator().resource(), &Pool);
}

/// All hashes alike: one chain.
TEST(InterfaceTest, OneChainForAllIsSlowAndRight) {
  struct Same {
    std::size_t operator()(int) const { return 7; }
  };
  retsan::incremental_map<int, int, Same> M;
  for (int I = 0; I != 600; ++I)
    M[I] = I;
  for (int I = 0; I != 600; I += 2)
    EXPECT_EQ(M.erase(I), 1u);
  for (int I = 0; I != 600; ++I)
    ASSERT_EQ(M.contains(I), I % 2 == 1);
  for (int I = 1; I < 600; I += 2)
    EXPECT_EQ(M.erase(I), 1u);
  EXPECT_TRUE(M.empty());
  EXPECT_EQ(M.begin(), M.end());
}

TEST(InterfaceTest, StronglyAlignedEntries) {
  struct alignas(64) Line {
    int N;
  };
  retsan::incremental_map<int, Line> M;
  for (int I = 0; I != 20'000; ++I) // From the allocator and in pages.
    M.try_emplace(I, Line{I});
  for (auto &[K, V] : M) {
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(&V) % 64, 0u);
    ASSERT_EQ(K, V.N);
  }
}

TEST(InterfaceTest, SmallEntries) {
  retsan::incremental_map<unsigned char, char> M;
  for (int I = 0; I != 256; ++I)
    M[static_cast<unsigned char>(I)] = 'x';
  EXPECT_EQ(M.size(), 256u);
}

} // namespace
