//===- concurrent_table.h - bins, chains and their locks ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   bin word:  0 empty | chain | chain + 1 locked | 2 forwarded, for ever
//
// Readers take the chain out of the word, locked or not. A lock is held for the
// length of one chain; whoever holds it writes the new chain and lets go in one
// store. Large arrays are mappings: the kernel's zero pages are empty bins, so
// that the first thread of a growth does not have to clear megabytes, and they
// go a piece at a time, since unmapping one takes a millisecond for ten
// megabytes.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_CONCURRENT_TABLE_H
#define RETSAN_MAP_DETAIL_CONCURRENT_TABLE_H

#include "retsan/map/detail/pages.h"
#include "retsan/map/detail/reclaim.h"
#include "retsan/map/detail/steps.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <thread>
#include <tuple>
#include <utility>

namespace retsan::map_detail {

/// An entry. Never changed once it is in a chain, but for its links.
template <class Key, class T> struct concurrent_node : retired {
  std::atomic<concurrent_node *> links[2] = {};
  std::size_t hash = 0;
  std::pair<const Key, T> entry;

  template <class... Args>
  explicit concurrent_node(const Key &key, Args &&...args)
      : entry(std::piecewise_construct, std::forward_as_tuple(key),
              std::forward_as_tuple(std::forward<Args>(args)...)) {}
};

struct concurrent_table : retired {
  static constexpr std::uintptr_t locked = 1;
  static constexpr std::uintptr_t forwarded = 2;

  const std::size_t mask;
  const unsigned side; ///< Which of an entry's links is this array's.
  std::atomic<concurrent_table *> next{nullptr};
  std::atomic<std::size_t> claimed{0};  ///< Bins that somebody took on.
  std::atomic<std::size_t> swept{0};    ///< All bins below are forwarded.
  std::atomic<std::size_t> migrated{0}; ///< Bins that are forwarded.
  std::size_t dropped = 0; ///< Bytes of a mapping that were given back.

  /// Null if there is no memory.
  static concurrent_table *make(std::size_t bins, unsigned side) noexcept {
    if (bins > (SIZE_MAX - sizeof(concurrent_table)) / sizeof(std::uintptr_t))
      return nullptr;
    std::size_t bytes = bytes_for(bins);
    void *memory =
        bytes >= page_threshold ? try_map_pages(bytes) : std::calloc(1, bytes);
    return memory ? ::new (memory) concurrent_table(bins, side) : nullptr;
  }
  static void free(concurrent_table *t) noexcept {
    std::size_t bytes = bytes_for(t->bins());
    t->~concurrent_table();
    if (bytes >= page_threshold)
      unmap_pages(t, bytes);
    else
      std::free(t);
  }
  /// Gives \p bytes of bins back that nobody looks at any more. What is left.
  std::size_t drop(std::size_t bytes) noexcept {
    std::size_t all = bytes_for(bins());
    if (all < page_threshold || all - dropped <= page_bytes + bytes)
      return 0; // free() does the rest, the page of this header with it.
    discard_pages(this, page_bytes + dropped, page_bytes + dropped + bytes);
    dropped += bytes;
    return all - dropped;
  }
  static std::size_t bytes_for(std::size_t bins) {
    return sizeof(concurrent_table) + bins * sizeof(std::uintptr_t);
  }

  std::size_t bins() const { return mask + 1; }
  std::atomic_ref<std::uintptr_t> bin(std::size_t index) {
    return std::atomic_ref<std::uintptr_t>(
        reinterpret_cast<std::uintptr_t *>(this + 1)[index]);
  }

private:
  concurrent_table(std::size_t bins, unsigned which)
      : mask(bins - 1), side(which) {}
};
static_assert(sizeof(concurrent_table) % alignof(std::uintptr_t) == 0);

/// A locked bin. Going out of scope writes `head` and unlocks; if something
/// threw, that is the chain as it was.
template <class Key, class T> class bin_lock {
  using node = concurrent_node<Key, T>;
  using table = concurrent_table;

public:
  /// Locks bin \p index. Null if it is, or comes to be, forwarded.
  static bin_lock take(table *t, std::size_t index) noexcept {
    auto word = t->bin(index);
    for (unsigned spins = 0;; ++spins) {
      std::uintptr_t seen = word.load(std::memory_order_acquire);
      if (seen == table::forwarded)
        return {};
      RETSAN_MAP_STEP(word_loaded, index);
      if (!(seen & table::locked) &&
          word.compare_exchange_weak(seen, seen | table::locked,
                                     std::memory_order_acquire,
                                     std::memory_order_relaxed))
        return bin_lock(t, index, reinterpret_cast<node *>(seen));
      // The holder has one chain to walk; if it takes longer it has lost its
      // processor.
      if (spins > 64)
        std::this_thread::yield();
    }
  }
  bin_lock(bin_lock &&other) noexcept
      : in(std::exchange(other.in, nullptr)), index(other.index),
        head(other.head) {}
  bin_lock &operator=(bin_lock &&) = delete;
  ~bin_lock() {
    if (in)
      in->bin(index).store(reinterpret_cast<std::uintptr_t>(head),
                           std::memory_order_release);
  }
  explicit operator bool() const { return in != nullptr; }

  unsigned side() const { return in->side; }
  /// The bin's entries are in the next array from here on.
  void forward() noexcept {
    std::exchange(in, nullptr)
        ->bin(index)
        .store(table::forwarded, std::memory_order_release);
  }

  /// The entry for \p key, or null, and the link that leads to it (null: head).
  template <class KeyEqual>
  node *find(std::size_t hash, const Key &key, const KeyEqual &equal,
             std::atomic<node *> *&link) const {
    link = nullptr;
    for (node *n = head; n != nullptr;) {
      if (n->hash == hash && equal(n->entry.first, key))
        return n;
      link = &n->links[in->side];
      n = link->load(std::memory_order_relaxed);
    }
    return nullptr;
  }
  /// Puts \p target where \p link leads.
  void set(std::atomic<node *> *link, node *target) noexcept {
    if (link)
      link->store(target, std::memory_order_release);
    else
      head = target;
  }

private:
  bin_lock() noexcept = default;
  bin_lock(table *t, std::size_t i, node *h) noexcept
      : in(t), index(i), head(h) {}

  table *in = nullptr;
  std::size_t index = 0;

public:
  node *head = nullptr;
};

} // namespace retsan::map_detail

#endif
