//===- bucket.h - eight slots, their tophash bytes and how to search them
//--===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   0        8          16
//   | tophash | overflow | slot 0 | slot 1 | ... | slot 7 |
//
// Go keeps keys and values in two arrays and the overflow pointer at the end.
// Here a slot is a pair, which the standard's interface wants, and the pointer
// stands beside the tophash bytes, so that a miss reads one cache line: buckets
// are aligned to 16, their first 16 bytes never cross a line.
//
// The meaning of tophash bytes is Go's (runtime/map.go up to 1.23).
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_BUCKET_H
#define RETSAN_MAP_DETAIL_BUCKET_H

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace retsan::map_detail {

struct slab;

/// Values of a tophash byte that are states and not the top of a hash.
enum tophash : std::uint8_t {
  empty_rest = 0,      ///< Empty, and so is all that follows in the chain.
  empty_one = 1,       ///< Empty.
  evacuated_x = 2,     ///< Moved to the same index; what clearing left is here.
  evacuated_y = 3,     ///< Moved to the index plus the old size; same.
  evacuated_empty = 4, ///< Bucket has moved, and this slot holds nothing.
  min_tophash = 5
};

inline constexpr unsigned slots_per_bucket = 8;

inline bool is_evacuated_mark(std::uint8_t top) {
  return top > empty_one && top < min_tophash;
}

inline std::uint8_t top_of(std::size_t hash) {
  auto top = static_cast<std::uint8_t>(hash >> (sizeof(std::size_t) * 8 - 8));
  return top < min_tophash ? top + min_tophash : top;
}

/// Spreads a hash over all bits: std::hash of an integer is the integer, and
/// the map needs good bits at both ends. The two halves of the product are
/// folded.
inline std::size_t spread(std::size_t hash) {
  __extension__ using wide = unsigned __int128;
  wide product = static_cast<wide>(hash) * 0x9E3779B97F4A7C15ull;
  return static_cast<std::size_t>(product) ^
         static_cast<std::size_t>(product >> 64);
}

/// Entries travel as pairs with a key that can be moved from, and are seen as
/// pairs with one that cannot; both views have one layout.
template <class Key, class T> union slot {
  std::pair<const Key, T> value;
  std::pair<Key, T> movable;
  slot() {}
  ~slot() {}
};

template <class Key, class T>
struct alignas(alignof(std::pair<Key, T>) > 16 ? alignof(std::pair<Key, T>)
                                               : 16) bucket {
  std::uint8_t tophash[slots_per_bucket];
  bucket *overflow;
  slot<Key, T> slots[slots_per_bucket];

  void make_empty() {
    std::memset(tophash, 0, sizeof(tophash));
    overflow = nullptr;
  }

  /// One bit for each slot whose tophash byte is \p top. A bucket has 8 slots,
  /// so a wider register than SSE2's would compare nothing more.
  unsigned match(std::uint8_t top) const {
#if defined(__SSE2__)
    __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(tophash));
    __m128i equal =
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(top)));
    return static_cast<unsigned>(_mm_movemask_epi8(equal)) & 0xffu;
#else
    unsigned bits = 0;
    for (unsigned i = 0; i != slots_per_bucket; ++i)
      bits |= static_cast<unsigned>(tophash[i] == top) << i;
    return bits;
#endif
  }

  /// One bit for each slot whose tophash byte is at most \p top.
  unsigned match_at_most(std::uint8_t top) const {
#if defined(__SSE2__)
    __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(tophash));
    __m128i limit = _mm_set1_epi8(static_cast<char>(top));
    __m128i equal = _mm_cmpeq_epi8(_mm_min_epu8(bytes, limit), bytes);
    return static_cast<unsigned>(_mm_movemask_epi8(equal)) & 0xffu;
#else
    unsigned bits = 0;
    for (unsigned i = 0; i != slots_per_bucket; ++i)
      bits |= static_cast<unsigned>(tophash[i] <= top) << i;
    return bits;
#endif
  }

  /// Nothing that is in use follows in the chain.
  bool ends_chain() const {
    return overflow == nullptr || tophash[slots_per_bucket - 1] == empty_rest;
  }
  unsigned empty_slots() const { return match_at_most(empty_one); }
  unsigned full_slots() const {
    return ~match_at_most(min_tophash - 1) & 0xffu;
  }
};

/// An overflow bucket that was allocated by itself, in its array's list.
template <class Key, class T> struct overflow_node {
  bucket<Key, T> body;
  overflow_node *next;
  overflow_node *prev;
  slab *from; ///< Null if it comes from the allocator.
};

/// Where an entry is.
template <class Key, class T> struct position {
  bucket<Key, T> *in = nullptr;
  unsigned index = 0;

  explicit operator bool() const { return in != nullptr; }
  std::pair<const Key, T> *entry() const {
    return std::launder(&in->slots[index].value);
  }
};

/// Marks a slot as empty, in the chain that begins at \p head, and keeps what
/// empty_rest says true, as Go does: look-ups stop early by it.
template <class Key, class T>
void mark_empty(position<Key, T> p, bucket<Key, T> *head) noexcept {
  p.in->tophash[p.index] = empty_one;
  if (p.index == slots_per_bucket - 1) {
    if (p.in->overflow && p.in->overflow->tophash[0] != empty_rest)
      return;
  } else if (p.in->tophash[p.index + 1] != empty_rest) {
    return;
  }
  for (;;) {
    p.in->tophash[p.index] = empty_rest;
    if (p.index != 0) {
      --p.index;
    } else {
      if (p.in == head)
        return;
      bucket<Key, T> *before = head;
      while (before->overflow != p.in)
        before = before->overflow;
      p = {before, slots_per_bucket - 1};
    }
    if (p.in->tophash[p.index] != empty_one)
      return;
  }
}

} // namespace retsan::map_detail

#endif
