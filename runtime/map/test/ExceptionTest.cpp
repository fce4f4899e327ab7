//===- ExceptionTest.cpp - whatever throws, the map is what it was
//---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One operation is repeated with the first, second, third ... chance to throw
// taken, until it gets through. After each failure the map must be unchanged.
//
//===----------------------------------------------------------------------===//

#include "MapTestSupport.h"

#include <gtest/gtest.h>
#include <new>
#include <stdexcept>

using namespace maptest;
namespace policy = retsan::policy;

namespace {

/// Throws when the count-down reaches zero; negative: never.
struct Chance {
  static inline long Left = -1;
  static inline long Thrown = 0;
  static void take() {
    if (Left > 0 && --Left == 0) {
      Left = -1;
      ++Thrown;
      throw std::runtime_error("chance");
    }
  }
};

/// Copies may throw, moves as well: entries are copied, then.
struct Brittle {
  static inline long Alive = 0;
  int Value;
  Brittle(int V) : Value(V) { ++Alive; }
  Brittle(const Brittle &O) : Value(O.Value) {
    Chance::take();
    ++Alive;
  }
  Brittle &operator=(const Brittle &O) {
    Chance::take();
    Value = O.Value;
    return *this;
  }
  ~Brittle() { --Alive; }
  bool operator==(const Brittle &O) const { return Value == O.Value; }
};

/// Copies may throw, moves do not.
struct Movable : Brittle {
  using Brittle::Brittle;
  Movable(const Movable &) = default;
  Movable(Movable &&O) noexcept : Brittle(std::exchange(O.Value, -1)) {}
  Movable &operator=(const Movable &) = default;
};

struct BrittleHash {
  std::size_t operator()(const Brittle &B) const {
    Chance::take();
    return static_cast<std::size_t>(B.Value);
  }
};
struct BrittleEqual {
  bool operator()(const Brittle &A, const Brittle &B) const {
    Chance::take();
    return A.Value == B.Value;
  }
};

template <class T> struct BrittleAllocator {
  using value_type = T;
  BrittleAllocator() = default;
  template <class U> BrittleAllocator(const BrittleAllocator<U> &) {}
  T *allocate(std::size_t N) {
    if (Chance::Left > 0 && --Chance::Left == 0) {
      Chance::Left = -1;
      ++Chance::Thrown;
      throw std::bad_alloc();
    }
    return std::allocator<T>().allocate(N);
  }
  void deallocate(T *P, std::size_t N) { std::allocator<T>().deallocate(P, N); }
  bool operator==(const BrittleAllocator &) const = default;
};

template <class K, class V, class Policy>
using BrittleMap =
    retsan::incremental_map<K, V, BrittleHash, BrittleEqual,
                            BrittleAllocator<std::pair<const K, V>>, Policy>;

template <class M> void expectHolds(const M &Subject, int N) {
  ASSERT_EQ(Subject.size(), static_cast<std::size_t>(N));
  std::size_t Seen = 0;
  for (const auto &[K, V] : Subject) {
    ASSERT_EQ(V.Value, K.Value);
    ++Seen;
  }
  ASSERT_EQ(Seen, static_cast<std::size_t>(N));
  for (int I = 0; I != N; ++I)
    ASSERT_EQ(Subject.at(I).Value, I);
}

template <class P> class ExceptionTest : public ::testing::Test {
protected:
  void TearDown() override {
    Chance::Left = -1;
    EXPECT_EQ(Brittle::Alive, 0);
  }
};
using Policies = ::testing::Types<policy::prompt, policy::go_compatible,
                                  policy::ghost, KeptAndPinned>;
TYPED_TEST_SUITE(ExceptionTest, Policies);

template <class M> void insertWithFailures(bool Walk) {
  M Subject;
  long Before = Chance::Thrown;
  for (int I = 0; I != 400; ++I) {
    bool In = false;
    for (long At = 1; !In; ++At) {
      typename M::iterator Parked;
      if (Walk)
        Parked = Subject.begin();
      Chance::Left = At;
      try {
        Subject.try_emplace(I, I);
        In = true;
      } catch (const std::exception &) {
        Chance::Left = -1;
        ASSERT_FALSE(std::as_const(Subject).contains(I));
        ASSERT_EQ(Subject.size(), static_cast<std::size_t>(I));
      }
      // A failure on the way, of a move that was put off, is none of the call.
      Chance::Left = -1;
      if (In)
        break;
    }
    if (I % 50 == 0)
      expectHolds(Subject, I + 1);
  }
  expectHolds(Subject, 400);
  EXPECT_GT(Chance::Thrown - Before, 400);
}

TYPED_TEST(ExceptionTest, InsertIsAllOrNothing) {
  insertWithFailures<BrittleMap<Brittle, Brittle, TypeParam>>(false);
}
TYPED_TEST(ExceptionTest, SameWhereMovesDoNotThrow) {
  insertWithFailures<BrittleMap<Movable, Movable, TypeParam>>(false);
}
TYPED_TEST(ExceptionTest, SameWithAWalkUnderWay) {
  insertWithFailures<BrittleMap<Movable, Movable, TypeParam>>(true);
  insertWithFailures<BrittleMap<Brittle, Movable, TypeParam>>(true);
}

template <class M, class Operation>
void failAtEachPoint(int N, Operation Operate) {
  int Failures = 0;
  for (long At = 1;; ++At) {
    M Subject;
    for (int I = 0; I != N; ++I)
      Subject.try_emplace(I, I);
    Chance::Left = At;
    try {
      Operate(Subject);
      Chance::Left = -1;
      expectHolds(Subject, N);
      break;
    } catch (const std::exception &) {
      Chance::Left = -1;
      ++Failures;
      expectHolds(Subject, N);
    }
  }
  EXPECT_GT(Failures, N / 2);
}

TYPED_TEST(ExceptionTest, CopyingFailsCleanly) {
  using M = BrittleMap<Movable, Movable, TypeParam>;
  failAtEachPoint<M>(120, [](M &Subject) { M Copy(Subject); });
  failAtEachPoint<M>(120, [](M &Subject) {
    M Target;
    Target.try_emplace(7, 7);
    try {
      Target = Subject;
    } catch (...) {
      Chance::Left = -1;
      EXPECT_EQ(Target.size(), 1u);
      throw;
    }
  });
}
TYPED_TEST(ExceptionTest, RebuildingIsAllOrNothing) {
  using M = BrittleMap<Movable, Movable, TypeParam>;
  failAtEachPoint<M>(120, [](M &Subject) { Subject.rebuild(1000); });
}
TYPED_TEST(ExceptionTest, AdvanceReportsAndKeepsTheBucket) {
  using M = BrittleMap<Movable, Movable, Manual>;
  failAtEachPoint<M>(60, [](M &Subject) {
    // 60 entries, never driven: a growth is pending.
    EXPECT_TRUE(Subject.growing());
    Subject.advance(1000);
    EXPECT_FALSE(Subject.growing());
  });
}

TEST(NoMemoryTest, AMapThatCannotGrowGoesOn) {
  using M = BrittleMap<Movable, Movable, policy::prompt>;
  {
    M Subject;
    for (int I = 0; I != 8; ++I)
      Subject.try_emplace(I, I);
    // 0 hashes to compare with: the allocation of the new array is the next
    // chance after the hash of the key and of the compares of one look-up.
    std::size_t Postponed = 0;
    for (int I = 8; I != 40; ++I) {
      for (long At = 1; At != 12; ++At) {
        Chance::Left = At;
        try {
          Subject.try_emplace(I, I);
          Chance::Left = -1;
          break;
        } catch (const std::exception &) {
          Chance::Left = -1;
        }
      }
      Postponed = Subject.statistics().postponed;
    }
    EXPECT_GT(Postponed, 0u);
    expectHolds(Subject, 40);
  }
  EXPECT_EQ(Brittle::Alive, 0);
}

/// Repeats \p Operate on a map of 120 until it gets through.
template <class M, class Operation>
void failUntilThrough(Operation Operate, std::size_t SizeThen) {
  int Failures = 0;
  for (long At = 1; At != 1000; ++At) {
    M Subject;
    for (int I = 0; I != 120; ++I)
      Subject.try_emplace(I, I);
    Chance::Left = At;
    try {
      Operate(Subject);
      Chance::Left = -1;
      EXPECT_EQ(Subject.size(), SizeThen);
      break;
    } catch (const std::exception &) {
      Chance::Left = -1;
      ++Failures;
      expectHolds(Subject, 120);
    }
  }
  EXPECT_GT(Failures, 0);
  EXPECT_LT(Failures, 999);
}

TYPED_TEST(ExceptionTest, ErasingAndAssigningAreAllOrNothing) {
  using M = BrittleMap<Brittle, Brittle, TypeParam>;
  failUntilThrough<M>([](M &Subject) { Subject.erase(60); }, 119);
  failUntilThrough<M>(
      [](M &Subject) { Subject.insert_or_assign(60, Brittle(61)); }, 120);
  failUntilThrough<M>(
      [](M &Subject) { Subject.insert_or_assign(500, Brittle(501)); }, 121);
  failUntilThrough<M>([](M &Subject) { Subject.emplace(600, 601); }, 121);
  failUntilThrough<M>(
      [](M &Subject) {
        EXPECT_EQ(
            erase_if(Subject,
                     [](const auto &Entry) { return Entry.first.Value == 60; }),
            1u);
      },
      119);
}

TYPED_TEST(ExceptionTest, LookingUpChangesNothing) {
  using M = BrittleMap<Movable, Movable, TypeParam>;
  M Subject;
  for (int I = 0; I != 120; ++I)
    Subject.try_emplace(I, I);
  int Failures = 0;
  for (int I = 0; I != 120; ++I)
    for (long At = 1;; ++At) {
      Chance::Left = At;
      try {
        EXPECT_EQ(Subject.at(I).Value, I);
        Chance::Left = -1;
        break;
      } catch (const std::runtime_error &) {
        Chance::Left = -1;
        ++Failures;
      }
    }
  EXPECT_GE(Failures, 240) << "a hash and a compare each";
  expectHolds(Subject, 120);
}

/// Memory of one allocator cannot go to another.
template <class T> struct Arena : BrittleAllocator<T> {
  using value_type = T;
  using is_always_equal = std::false_type;
  int Id = 0;
  explicit Arena(int I) : Id(I) {}
  template <class U> Arena(const Arena<U> &Other) : Id(Other.Id) {}
  bool operator==(const Arena &Other) const { return Id == Other.Id; }
};

TEST(UnequalAllocatorsTest, MovingOverLosesNothingOrEverything) {
  using M = retsan::incremental_map<Brittle, Brittle, BrittleHash, BrittleEqual,
                                    Arena<std::pair<const Brittle, Brittle>>>;
  int Failures = 0;
  for (long At = 1;; ++At) {
    M From(Arena<std::pair<const Brittle, Brittle>>(1)),
        To(Arena<std::pair<const Brittle, Brittle>>(2));
    for (int I = 0; I != 60; ++I)
      From.try_emplace(I, I);
    To.try_emplace(7, 7);
    Chance::Left = At;
    try {
      To = std::move(From);
      Chance::Left = -1;
      expectHolds(To, 60);
      break;
    } catch (const std::exception &) {
      Chance::Left = -1;
      ++Failures;
      // The basic guarantee: both are maps that can be used.
      EXPECT_EQ(To.size(), 1u);
      expectHolds(From, 60);
      To.try_emplace(8, 8);
    }
  }
  EXPECT_GT(Failures, 60);
  EXPECT_EQ(Brittle::Alive, 0);
}

} // namespace
