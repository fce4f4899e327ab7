//===- iterator.h - a walk that goes on while the map grows
//----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As in Go, a walk visits the buckets of the array of its birth. Born during a
// growth, it reads the old bucket in the place of one that has not been filled
// yet, and of that only what will go to the bucket in question. Where a bucket
// has moved since, the keys that stayed behind are looked up in the map. Each
// entry that is there all the time is seen exactly once.
//
// begin() pins both arrays by a count in their headers until the walk ends.
// find() and insert() return iterators that pin nothing before they are
// advanced. A pinned array that the map has dropped lives until its last
// iterator lets go.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_ITERATOR_H
#define RETSAN_MAP_DETAIL_ITERATOR_H

#include "retsan/map/detail/bucket.h"
#include "retsan/map/policy.h"

#include <atomic>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace retsan::map_detail {

template <class Hash, class KeyEqual>
concept transparent = requires {
  typename Hash::is_transparent;
  typename KeyEqual::is_transparent;
};

/// In front of each bucket array of a map whose iterators pin.
template <class Map> struct array_header {
  explicit array_header(const Map *map, const typename Map::allocator_type &a)
      : owner(map), alloc(a) {}

  std::atomic<std::size_t> pins{0};
  const Map *owner; ///< Null once the map is gone.
  bool retired = false;
  bool emptied = false; ///< Nothing is left to destroy.
  bool old = false;     ///< Retired by a growth, not by clear().
  std::size_t buckets = 0;
  std::size_t bytes = 0;
  typename Map::node *nodes = nullptr;
  array_header *next = nullptr;
  array_header *prev = nullptr;
  [[no_unique_address]] typename Map::allocator_type alloc;
};

template <class Map, bool Const> class basic_iterator {
  using bucket = typename Map::bucket;
  using place = typename Map::position;

public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = typename Map::value_type;
  using difference_type = std::ptrdiff_t;
  using reference = std::conditional_t<Const, const value_type &, value_type &>;
  using pointer = std::conditional_t<Const, const value_type *, value_type *>;

  basic_iterator() noexcept = default;
  basic_iterator(const basic_iterator &other)
      : basic_iterator(other, from_any()) {}
  basic_iterator(basic_iterator &&other) noexcept { steal(other); }
  /// From iterator to const_iterator.
  template <bool OtherConst>
    requires(Const && !OtherConst)
  basic_iterator(const basic_iterator<Map, OtherConst> &other)
      : basic_iterator(other, from_any()) {}
  ~basic_iterator() { unpin(); }

  basic_iterator &operator=(const basic_iterator &other) {
    basic_iterator copy(other);
    return *this = std::move(copy);
  }
  basic_iterator &operator=(basic_iterator &&other) noexcept {
    if (this != &other) {
      unpin();
      steal(other);
    }
    return *this;
  }

  reference operator*() const { return *current().entry(); }
  pointer operator->() const { return current().entry(); }

  basic_iterator &operator++() {
    if (birth == nullptr)
      start_here();
    next();
    return *this;
  }
  basic_iterator operator++(int) {
    basic_iterator before(*this);
    ++*this;
    return before;
  }

  template <bool OtherConst>
  bool operator==(const basic_iterator<Map, OtherConst> &other) const {
    if (!at || !other.at)
      return !at && !other.at;
    return (at.in == other.at.in && at.index == other.at.index) ||
           current().entry() == other.current().entry();
  }

private:
  friend Map;
  template <class, bool> friend class basic_iterator;
  struct from_the_start {};
  struct from_any {};
  static constexpr std::size_t whole_bucket = static_cast<std::size_t>(-1);

  basic_iterator(const Map *owner, place where) noexcept
      : map(owner), at(where) {}
  basic_iterator(const Map *owner, from_the_start) : map(owner) {
    if (map->size_ == 0)
      return;
    start_walk(0);
    next();
  }
  template <bool OtherConst>
  basic_iterator(const basic_iterator<Map, OtherConst> &other, from_any)
      : map(other.map), at(other.at), birth(other.birth),
        old_birth(other.old_birth), mask(other.mask), index(other.index),
        only(other.only) {
    pin();
  }

  void steal(basic_iterator &other) noexcept {
    map = other.map;
    at = other.at;
    birth = std::exchange(other.birth, nullptr);
    old_birth = std::exchange(other.old_birth, nullptr);
    mask = other.mask;
    index = other.index;
    only = other.only;
    other.at = {};
  }
  void pin() const {
    if constexpr (Map::pins_arrays) {
      if (birth)
        Map::header_of(birth)->pins.fetch_add(1, std::memory_order_relaxed);
      if (old_birth)
        Map::header_of(old_birth)->pins.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void unpin() noexcept {
    if constexpr (Map::pins_arrays) {
      if (birth)
        Map::unpin(std::exchange(birth, nullptr));
      if (old_birth)
        Map::unpin(std::exchange(old_birth, nullptr));
    }
  }

  /// The map may have been moved or swapped since; the arrays know.
  const Map *owner() const {
    if constexpr (Map::pins_arrays)
      if (birth)
        return Map::header_of(birth)->owner;
    return map;
  }

  /// Where the entry is now.
  place current() const {
    if constexpr (Map::pins_arrays)
      if (birth && is_evacuated_mark(at.in->tophash[at.index]))
        return owner()->search_if_any(at.entry()->first);
    return at;
  }

  void start_walk(std::size_t from) {
    birth = map->buckets_;
    old_birth = map->growing() ? map->oldbuckets_ : nullptr;
    mask = map->mask_;
    index = from;
    map->iterated_.store(true, std::memory_order_relaxed);
    map->old_iterated_.store(true, std::memory_order_relaxed);
    pin();
    if constexpr (requires { map->observer_.iterator_pinned(map->describe()); })
      map->observer_.iterator_pinned(map->describe());
  }
  /// An iterator of find() turns into a walk: from its own bucket on.
  void start_here() {
    std::size_t hash = map->hash_of(at.entry()->first);
    start_walk((hash & map->mask_) + 1);
    if (map->home_is_old(hash) && map->noldbuckets_ != mask + 1)
      only = hash & mask;
  }

  void finish() noexcept {
    at = {};
    unpin();
    birth = nullptr;
    old_birth = nullptr;
  }

  bucket *enter(const Map *m, std::size_t which) {
    only = whole_bucket;
    if (m->growing() && birth == m->buckets_) {
      std::size_t old_index = which & (m->noldbuckets_ - 1);
      if (!m->evacuated(old_index)) {
        if (m->noldbuckets_ != mask + 1)
          only = which;
        return m->oldbuckets_ + old_index;
      }
    }
    return birth + which;
  }

  void next() {
    const Map *m = owner();
    bucket *b = at.in;
    unsigned i = at.in ? at.index + 1 : 0;
    for (;;) {
      for (; b != nullptr; b = b->overflow, i = 0)
        for (; i != slots_per_bucket; ++i)
          if (shows(m, b, i)) {
            at = {b, i};
            return;
          }
      if (m == nullptr || index > mask)
        return finish();
      b = enter(m, index++);
      i = 0;
    }
  }
  bool shows(const Map *m, bucket *b, unsigned i) const {
    std::uint8_t top = b->tophash[i];
    if (top <= empty_one || top == evacuated_empty || m == nullptr)
      return false;
    const auto &key = place{b, i}.entry()->first;
    if (only != whole_bucket && (m->hash_of(key) & mask) != only)
      return false;
    return !is_evacuated_mark(top) || m->search_if_any(key);
  }

  const Map *map = nullptr;
  place at;                    ///< Null is the end.
  bucket *birth = nullptr;     ///< Null: not a walk yet.
  bucket *old_birth = nullptr; ///< The old array, if born during a growth.
  std::size_t mask = 0;        ///< Of the array of birth.
  std::size_t index = 0;       ///< Next bucket to enter.
  std::size_t only =
      whole_bucket; ///< The bucket whose share of an old one counts.
};

} // namespace retsan::map_detail

#endif
