//===- OwningTest.cpp - entries that own memory, random histories
//----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "History.h"

using namespace maptest;
namespace policy = retsan::policy;

namespace {

template <class P> class OwningTest : public ::testing::Test {};
using Policies = ::testing::Types<policy::prompt, policy::go_compatible,
                                  policy::ghost, KeptAndPinned>;
TYPED_TEST_SUITE(OwningTest, Policies);

TYPED_TEST(OwningTest, EveryObjectIsDestroyedOnce) {
  long Before = Counted::Alive;
  runHistories<Map<TypeParam, std::string, Counted>>(40'000);
  EXPECT_EQ(Counted::Alive, Before);
}

TEST(MoveOnlyTest, Values) {
  using Value = std::unique_ptr<std::uint64_t>;
  runHistories<Map<policy::prompt, std::string, Value>>(40'000);
  runHistories<Map<policy::ghost, std::uint64_t, Value>>(40'000);
}
TEST(MoveOnlyTest, Keys) { runHistories<Map<policy::prompt, Handle>>(40'000); }

} // namespace
