//===- LibraryTest.cpp - the table of library functions -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Library.h"
#include "gtest/gtest.h"

using namespace retsan::solve;

namespace {

TEST(Library, KnowsAllocatorsAndDeallocators) {
  EXPECT_EQ(libraryEffect("malloc", 1).Kind, LibKind::Alloc);
  EXPECT_EQ(libraryEffect("calloc", 2).Kind, LibKind::AllocZero);
  EXPECT_EQ(libraryEffect("realloc", 2).Kind, LibKind::Realloc);
  EXPECT_EQ(libraryEffect("free", 1).Kind, LibKind::Free);
  EXPECT_EQ(libraryEffect("g_object_unref", 1).Kind, LibKind::Release);
  EXPECT_EQ(libraryEffect("strlen", 1).Kind, LibKind::Reads);
  EXPECT_EQ(libraryEffect("frobnicate", 1).Kind, LibKind::Unknown);
}

TEST(Library, TakesALibrarysFreeFunctionByItsShape) {
  EXPECT_EQ(libraryEffect("SSL_CTX_free", 1).Kind, LibKind::Free);
  EXPECT_EQ(libraryEffect("evbuffer_free", 1).Kind, LibKind::Free);
  // Two arguments: an allocator's method, a pool, not an object's end.
  EXPECT_EQ(libraryEffect("pool_free", 2).Kind, LibKind::Unknown);
}

TEST(Library, KnowsWhatBlocksAndWhatStartsThreads) {
  EXPECT_TRUE(blocks("pthread_cond_wait"));
  EXPECT_TRUE(blocks("std::condition_variable::wait"));
  EXPECT_FALSE(blocks("pthread_mutex_lock"));
  EXPECT_TRUE(startsThread("pthread_create"));
  EXPECT_FALSE(startsThread("pthread_join"));
}

} // namespace
