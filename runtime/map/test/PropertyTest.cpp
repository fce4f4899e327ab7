//===- PropertyTest.cpp - plain entries, each policy, random histories
//-----===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "History.h"

using namespace maptest;
namespace policy = retsan::policy;

namespace {

template <class P> class PropertyTest : public ::testing::Test {};
using Policies = ::testing::Types<policy::prompt, policy::low_latency,
                                  policy::go_compatible, policy::ghost, Manual,
                                  Everything, Copying, Unpinned, KeptAndPinned>;
TYPED_TEST_SUITE(PropertyTest, Policies);

TYPED_TEST(PropertyTest, PlainEntries) {
  runHistories<Map<TypeParam>>(100'000);
}

/// Arrays that own their pages and go in chunks need sizes that histories above
/// do not reach.
TYPED_TEST(PropertyTest, LargeArrays) {
  Map<TypeParam, std::uint64_t, Counted> Subject;
  long Before = Counted::Alive;
  Random R(42);
  std::unordered_map<std::uint64_t, std::uint64_t> Model;
  for (std::uint64_t I = 0; I != 60'000; ++I) {
    std::uint64_t K = R.below(100'000);
    if (R.below(8) == 0) {
      ASSERT_EQ(Subject.erase(K), Model.erase(K));
    } else {
      Subject.insert_or_assign(K, Counted(I));
      Model.insert_or_assign(K, I);
    }
  }
  ASSERT_EQ(Subject.size(), Model.size());
  for (const auto &[K, V] : Model)
    ASSERT_EQ(Subject.at(K).Value, V);
  Subject.clear();
  Subject.shrink_to_fit();
  EXPECT_EQ(Counted::Alive, Before);
}

} // namespace
