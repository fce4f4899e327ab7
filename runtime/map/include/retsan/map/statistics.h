//===- statistics.h - what an incremental map holds at the moment
//----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_STATISTICS_H
#define RETSAN_MAP_STATISTICS_H

#include <cstddef>

namespace retsan {

/// What a map holds at the moment, for monitors and tests.
struct map_statistics {
  std::size_t size = 0;
  std::size_t buckets = 0;          ///< 2^B.
  std::size_t overflow_buckets = 0; ///< Of the current array.
  bool growing = false;
  std::size_t old_buckets = 0;       ///< While growing.
  std::size_t evacuated_buckets = 0; ///< Of these, moved in order (nevacuate).
  std::size_t current_bytes = 0; ///< Current array and its overflow buckets.
  std::size_t old_bytes = 0;     ///< Old array, as long as the map holds it.
  std::size_t pinned_bytes = 0;  ///< Arrays that only iterators hold.
  std::size_t postponed = 0;     ///< Growths and moves put off by an exception.
};

} // namespace retsan

#endif
