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

TEST(Library, KnowsFamiliesOfLibraries) {
  auto Is = [](llvm::StringRef Name, unsigned NumArgs, LibKind Kind,
               unsigned Arg = 0) {
    LibEffect E = libraryEffect(Name, NumArgs);
    EXPECT_EQ(E.Kind, Kind) << Name.str();
    EXPECT_EQ(E.Arg, Arg) << Name.str();
  };
  // OpenSSL
  Is("X509_free", 1, LibKind::Free);
  Is("EVP_PKEY_CTX_free", 1, LibKind::Free);
  Is("sk_X509_pop_free", 2, LibKind::Free);
  Is("BIO_new_file", 2, LibKind::Alloc);
  Is("EVP_PKEY_up_ref", 1, LibKind::Retain);
  // glib
  Is("g_list_free_full", 2, LibKind::Free);
  Is("g_strfreev", 1, LibKind::Free);
  Is("g_slice_free1", 2, LibKind::Free, 1);
  Is("g_steal_pointer", 1, LibKind::Steal);
  Is("g_clear_pointer", 2, LibKind::FreeAndNull);
  Is("g_bytes_unref", 1, LibKind::Release);
  // Kernels
  Is("kfree_sensitive", 1, LibKind::Free);
  Is("kmem_cache_free", 2, LibKind::Free, 1);
  Is("put_device", 1, LibKind::Release);
  Is("kref_put", 2, LibKind::Release);
  Is("kvzalloc", 2, LibKind::AllocZero);
  // Others
  Is("dbus_malloc0", 1, LibKind::AllocZero);
  Is("dbus_free", 1, LibKind::Free);
  Is("xmlFreeDoc", 1, LibKind::Free);
  Is("sqlite3_finalize", 1, LibKind::Free);
  Is("sqlite3_prepare_v2", 5, LibKind::OutAlloc, 3);
  Is("curl_easy_cleanup", 1, LibKind::Free);
  Is("Py_DECREF", 1, LibKind::Release);
  Is("json_decref", 1, LibKind::Release);
  // libc: by way of an argument
  Is("asprintf", 3, LibKind::OutAlloc);
  Is("getline", 3, LibKind::OutAlloc);
  Is("getaddrinfo", 4, LibKind::OutAlloc, 3);
  Is("posix_memalign", 3, LibKind::OutAlloc);
}

TEST(Library, KnowsWhatBlocksAndWhatStartsThreads) {
  EXPECT_TRUE(blocks("pthread_cond_wait"));
  EXPECT_TRUE(blocks("std::condition_variable::wait"));
  EXPECT_FALSE(blocks("pthread_mutex_lock"));
  EXPECT_TRUE(startsThread("pthread_create"));
  EXPECT_FALSE(startsThread("pthread_join"));
}

} // namespace
