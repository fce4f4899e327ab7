//===- History.h - a random history, against the standard's map
//------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A map and std::unordered_map go through the same random history: growth,
// same-size growth, clear, swap, copy, move, rebuild and idle work at any
// moment. The seed fixes everything.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_TEST_HISTORY_H
#define RETSAN_MAP_TEST_HISTORY_H

#include "MapTestSupport.h"

#include <gtest/gtest.h>
#include <unordered_map>

namespace maptest {

template <class T> struct Make;
template <> struct Make<std::uint64_t> {
  static std::uint64_t from(std::uint64_t N) { return N; }
  static std::uint64_t back(std::uint64_t N) { return N; }
};
template <> struct Make<std::string> {
  static std::string from(std::uint64_t N) {
    return "a key too long for the small buffer " + std::to_string(N);
  }
  static std::uint64_t back(const std::string &S) {
    return std::stoull(S.substr(S.rfind(' ')));
  }
};
template <> struct Make<std::unique_ptr<std::uint64_t>> {
  static auto from(std::uint64_t N) {
    return std::make_unique<std::uint64_t>(N);
  }
  static std::uint64_t back(const std::unique_ptr<std::uint64_t> &P) {
    return *P;
  }
};
/// A key that cannot be copied.
struct Handle {
  std::unique_ptr<std::uint64_t> P;
  bool operator==(const Handle &O) const { return *P == *O.P; }
};
template <> struct Make<Handle> {
  static Handle from(std::uint64_t N) {
    return {std::make_unique<std::uint64_t>(N)};
  }
  static std::uint64_t back(const maptest::Handle &H) { return *H.P; }
};
template <> struct Make<Counted> {
  static Counted from(std::uint64_t N) { return Counted(N); }
  static std::uint64_t back(const maptest::Counted &C) { return C.Value; }
};

} // namespace maptest

template <> struct std::hash<maptest::Handle> {
  std::size_t operator()(const maptest::Handle &H) const { return *H.P; }
};
template <> struct std::hash<maptest::Counted> {
  std::size_t operator()(const maptest::Counted &C) const { return C.Value; }
};

namespace maptest {

template <class M> class History {
  using Key = typename M::key_type;
  using T = typename M::mapped_type;
  static constexpr bool Copyable =
      std::is_copy_constructible_v<Key> && std::is_copy_constructible_v<T>;

public:
  explicit History(std::uint64_t Seed) : R(Seed) {}

  void run(std::size_t Steps) {
    std::uint64_t Range = 2000;
    for (std::size_t Step = 0; Step != Steps; ++Step) {
      // Phases of growth, churn at one size (many overflow buckets), and
      // shrinking.
      if (Step % 4000 == 0)
        Range = std::uint64_t(16) << R.below(10);
      one(Range, Step);
      ASSERT_EQ(Subject.size(), Model.size()) << "step " << Step;
      if (::testing::Test::HasFatalFailure())
        return;
    }
    compareAll();
  }
  std::size_t growths() const { return Growths; }

private:
  void one(std::uint64_t Range, std::uint64_t Step) {
    std::uint64_t N = R.below(Range);
    Key K = Make<Key>::from(N);
    bool Was = Subject.growing();
    std::size_t Buckets = Subject.bucket_count();
    switch (R.below(20)) {
    case 0 ... 6:
      ASSERT_EQ(
          Subject.try_emplace(Make<Key>::from(N), Make<T>::from(Step)).second,
          Model.try_emplace(N, Step).second);
      break;
    case 7:
    case 8: {
      auto [It, New] =
          Subject.insert_or_assign(Make<Key>::from(N), Make<T>::from(Step));
      ASSERT_EQ(New, Model.insert_or_assign(N, Step).second);
      ASSERT_EQ(Make<T>::back(It->second), Step);
      break;
    }
    case 9 ... 13:
      ASSERT_EQ(Subject.erase(K), Model.erase(N));
      break;
    case 14: {
      auto It = Subject.find(K);
      ASSERT_EQ(It != Subject.end(), Model.contains(N));
      if (It != Subject.end()) {
        ASSERT_EQ(Make<Key>::back(It->first), N);
        Subject.erase(It);
        Model.erase(N);
      }
      break;
    }
    case 15 ... 17: {
      auto It = Subject.find(K);
      auto Expected = Model.find(N);
      ASSERT_EQ(It == Subject.end(), Expected == Model.end());
      if (Expected != Model.end()) {
        ASSERT_EQ(Make<T>::back(It->second), Expected->second);
      }
      break;
    }
    case 18:
      ASSERT_EQ(std::as_const(Subject).contains(K), Model.contains(N));
      break;
    default:
      rare();
    }
    Growths += (!Was && Subject.growing()) || Subject.bucket_count() > Buckets;
  }

  void rare() {
    switch (R.below(100)) {
    case 0:
      Subject.clear();
      Model.clear();
      break;
    case 1: {
      M Other;
      Other.try_emplace(Make<Key>::from(1), Make<T>::from(1));
      Subject.swap(Other);
      ASSERT_EQ(Subject.size(), 1u);
      Subject.swap(Other);
      break;
    }
    case 2: {
      M Other(std::move(Subject));
      ASSERT_TRUE(Subject.empty());
      Subject = std::move(Other);
      break;
    }
    case 3:
      if constexpr (Copyable) {
        M Copy(Subject);
        ASSERT_FALSE(Copy.growing());
        ASSERT_EQ(Copy.retained_bytes(), 0u);
        ASSERT_TRUE(Copy == Subject);
        Subject = Copy;
      }
      break;
    case 4:
      Subject.rebuild();
      ASSERT_FALSE(Subject.growing());
      break;
    case 5:
      Subject.shrink_to_fit();
      ASSERT_EQ(Subject.retained_bytes(), 0u);
      break;
    case 6:
      Subject.reserve(Subject.size() + R.below(3000));
      ASSERT_FALSE(Subject.growing());
      break;
    case 7 ... 15:
      compareAll();
      break;
    case 16: {
      std::uint64_t Odd = 0;
      for (auto It = Model.begin(); It != Model.end();)
        It->first % 2 ? (++Odd, It = Model.erase(It)) : ++It;
      ASSERT_EQ(erase_if(Subject,
                         [](const auto &E) {
                           return Make<Key>::back(E.first) % 2 != 0;
                         }),
                Odd);
      break;
    }
    default:
      Subject.advance(R.below(20));
    }
  }

  void compareAll() {
    std::size_t Seen = 0;
    for (const auto &[K, V] : Subject) {
      auto It = Model.find(Make<Key>::back(K));
      ASSERT_NE(It, Model.end());
      ASSERT_EQ(Make<T>::back(V), It->second);
      ++Seen;
    }
    ASSERT_EQ(Seen, Model.size());
  }

  Random R;
  M Subject;
  std::unordered_map<std::uint64_t, std::uint64_t> Model;
  std::size_t Growths = 0;
};

/// Sanitizers slow a history down by ten.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t Shorter = 8;
#else
inline constexpr std::size_t Shorter = 1;
#endif

template <class M> void runHistories(std::size_t Steps) {
  Steps /= Shorter;
  for (std::uint64_t Seed = 1; Seed != 4; ++Seed) {
    SCOPED_TRACE("seed " + std::to_string(Seed));
    History<M> H(Seed);
    H.run(Steps);
    EXPECT_GT(H.growths(), 10u / Shorter);
  }
}

} // namespace maptest

#endif
