//===- concurrent_incremental_map.h - growth shared by many threads -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A hash map for many threads that grows a bin at a time. Look-ups take no lock
// and wait for nobody; a change locks one bin; each change moves a few bins of
// a growth under way, and advance(n) does so in idle time.
//
//   old array   | fwd | bin | fwd | bin |      fwd: go to the next array
//   new array   | bin |  -  | bin |  -  | bin |  -  | bin |  -  |
//
// An entry has two links, one for arrays of even and one for arrays of odd
// generation. Moving a bin threads its entries into the new array by the other
// link: nothing is copied, nothing is allocated, readers in the old chain go on
// undisturbed. In exchange the next growth waits until the last reader of the
// old array has gone, so that there is never more than one old array.
// The argument for all of this is in docs/design/concurrent-map.md.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_CONCURRENT_INCREMENTAL_MAP_H
#define RETSAN_MAP_CONCURRENT_INCREMENTAL_MAP_H

#include "retsan/map/detail/bucket.h"
#include "retsan/map/detail/concurrent_table.h"
#include "retsan/map/detail/reclaim.h"
#include "retsan/map/observers.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace retsan {

/// Where a concurrent map is in its growth.
enum class migration_phase : std::uint8_t {
  idle,      ///< One array.
  prepare,   ///< One thread is making the next array; nobody waits for it.
  migrating, ///< Two arrays; bins move.
  done       ///< All bins have moved; the old array goes, after its readers.
};

struct concurrent_statistics {
  std::size_t size = 0;
  std::size_t bins = 0;
  migration_phase phase = migration_phase::idle;
  std::uint64_t version = 0;        ///< Growths begun.
  std::size_t old_bins = 0;         ///< While there is an old array.
  std::size_t migrated_bins = 0;    ///< Of these.
  std::size_t old_bytes = 0;        ///< Of the old array.
  std::size_t retired_bytes = 0;    ///< Entries and arrays that readers delay.
  std::uint64_t failed_growths = 0; ///< For want of memory.
};

template <class Key, class T, class Hash = std::hash<Key>,
          class KeyEqual = std::equal_to<Key>, class Observer = null_observer>
class concurrent_incremental_map {
  using node = map_detail::concurrent_node<Key, T>;
  using table = map_detail::concurrent_table;
  using bin_lock = map_detail::bin_lock<Key, T>;

public:
  using key_type = Key;
  using mapped_type = T;
  using value_type = std::pair<const Key, T>;
  using size_type = std::size_t;

  /// Bins that one change moves while a growth is under way.
  static constexpr std::size_t stride = 16;
  /// Bytes of a dead array that one call gives back, at most: some 25 us.
  static constexpr std::size_t piece_bytes = 256 * 1024;

  explicit concurrent_incremental_map(size_type n = 0,
                                      const Hash &hash = Hash(),
                                      const KeyEqual &equal = KeyEqual())
      : hash_(hash), equal_(equal),
        root_(table::make(std::bit_ceil(std::max<size_type>(n, 8)), 0)) {
    if (root_.load(std::memory_order_relaxed) == nullptr)
      throw std::bad_alloc();
  }
  concurrent_incremental_map(const concurrent_incremental_map &) = delete;
  concurrent_incremental_map &
  operator=(const concurrent_incremental_map &) = delete;
  /// No other thread may be in the map any more.
  ~concurrent_incremental_map();

  //===-- Reading: no locks, no waiting -----------------------------------===//

  /// A reader inside the map: what it has found stays where it is and as it is,
  /// also if it is erased meanwhile, until the reader goes. A reader that stays
  /// holds memory back (see statistics()) and at most one old array; it holds
  /// up nobody's call. The map must outlive it.
  class reader {
  public:
    const T *find(const Key &key) const {
      const node *n = map->find_node(key);
      return n ? &n->entry.second : nullptr;
    }

  private:
    friend concurrent_incremental_map;
    explicit reader(const concurrent_incremental_map *m)
        : map(m), inside(m->domain_) {}
    const concurrent_incremental_map *map;
    map_detail::grace_domain::guard inside;
  };
  reader read() const { return reader(this); }

  std::optional<T> find(const Key &key) const {
    reader r(this);
    const T *value = r.find(key);
    return value ? std::optional<T>(*value) : std::nullopt;
  }
  bool contains(const Key &key) const { return reader(this).find(key); }
  /// Calls \p visit with the value, inside of a reader. False if there is none.
  template <class Visitor> bool visit(const Key &key, Visitor &&see) const {
    reader r(this);
    const T *value = r.find(key);
    if (value)
      std::forward<Visitor>(see)(*value);
    return value != nullptr;
  }
  /// Calls \p see with each entry. Weakly consistent: an entry that is there
  /// all the time is seen exactly once; others may be seen or not.
  template <class Visitor> void for_each(Visitor &&see) const;

  //===-- Changing: one bin is locked -------------------------------------===//

  /// True if the key was absent. Strong guarantee, here and below.
  template <class... Args> bool try_emplace(const Key &key, Args &&...args) {
    return change(key, keep,
                  [&] { return new node(key, std::forward<Args>(args)...); });
  }
  bool insert(const value_type &v) { return try_emplace(v.first, v.second); }
  /// True if the key was absent. Readers see the old value or the new one.
  template <class M> bool insert_or_assign(const Key &key, M &&value) {
    return change(key, replace,
                  [&] { return new node(key, std::forward<M>(value)); });
  }
  bool erase(const Key &key);
  /// Erases bin by bin: what other threads insert meanwhile may stay.
  void clear();

  //===-- Growth and retention --------------------------------------------===//

  size_type size() const noexcept {
    std::ptrdiff_t n = size_.load(std::memory_order_relaxed);
    return n > 0 ? static_cast<size_type>(n) : 0;
  }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  bool growing() const noexcept {
    migration_phase p = phase_of(state_.load(std::memory_order_acquire));
    return p == migration_phase::prepare || p == migration_phase::migrating;
  }
  /// The idle hook: moves up to \p n bins, those too that another thread has
  /// taken on and not moved, and frees what no reader holds any more, of an old
  /// array at most `piece_bytes`. Returns how many bins have not moved. Enough
  /// of these calls finish any growth, whatever the other threads do or leave
  /// undone outside of a bin's lock; retained_bytes() is 0 then.
  size_type advance(size_type n = stride);
  concurrent_statistics statistics() const;
  /// Bytes of an old array, and of entries that readers keep from being freed.
  size_type retained_bytes() const {
    concurrent_statistics s = statistics();
    return s.old_bytes + s.retired_bytes;
  }
  Observer &observer() noexcept { return observer_; }
  const Observer &observer() const noexcept { return observer_; }

private:
  enum what_if_present { keep, replace };
  static migration_phase phase_of(std::uint64_t state) {
    return static_cast<migration_phase>(state & 3);
  }
  static std::uint64_t state_of(std::uint64_t version, migration_phase p) {
    return version << 2 | static_cast<std::uint64_t>(p);
  }

  std::size_t hash_of(const Key &key) const {
    return map_detail::spread(static_cast<std::size_t>(hash_(key)));
  }
  const node *find_node(const Key &key) const;
  template <class Make>
  bool change(const Key &key, what_if_present policy, Make make);
  bin_lock lock_home(std::size_t hash) const;
  void after_change();
  void try_begin_growth();
  void help(size_type n, bool sweep);
  bool migrate_bin(table *from, std::size_t index);
  void commit(table *from);
  void poll();
  void poll_now();
  void drop_some();
  migration describe(const table *from) const;
  static void destroy_node(map_detail::retired *r, void *) noexcept {
    delete static_cast<node *>(r);
  }
  static void destroy_table(map_detail::retired *r, void *context) noexcept;
  void retire(node *n) noexcept {
    n->destroy = destroy_node;
    n->retired_bytes = sizeof(node);
    domain_.retire(n);
  }

  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] KeyEqual equal_;
  /// The oldest array that a newcomer may need. Its `next` is set from prepare
  /// to commit.
  std::atomic<table *> root_;
  /// Version and phase in one word: one growth at a time, each with a number.
  std::atomic<std::uint64_t> state_{0};
  std::atomic<std::ptrdiff_t> size_{0};
  std::atomic<std::size_t> old_bytes_{0};
  /// An old array that no reader is in any more, while it goes piece by piece.
  std::atomic<table *> going_{nullptr};
  std::atomic<std::uint64_t> failed_growths_{0};
  mutable map_detail::grace_domain domain_;
  [[no_unique_address]] mutable Observer observer_{};
};

} // namespace retsan

#include "retsan/map/detail/concurrent_growth.h"

#endif
