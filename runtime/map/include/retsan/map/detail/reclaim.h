//===- reclaim.h - memory that readers may still look at ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Epochs with two parities, as in McKenney's sleepable RCU. A reader adds one
// to a counter of the current parity on its way in and takes it off on its way
// out; it waits for nothing. What is retired waits in `fresh` until a grace
// period can begin, then in `waiting` until it has ended:
//
//   take fresh ─▶ parity 1-e seen empty ─▶ e := 1-e ─▶ old parity seen empty ─▶
//   free
//
// Nobody waits for a grace period: poll() looks how far it is and goes away.
// Counters are read by read-modify-writes, so that each look either sees a
// reader or comes before it in the counter's order, and then the reader sees
// what was unlinked before the look. docs/design/concurrent-map.md has the
// argument.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_RECLAIM_H
#define RETSAN_MAP_DETAIL_RECLAIM_H

#include "retsan/map/detail/steps.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

namespace retsan::map_detail {

/// Base of what is retired. Freeing goes through a function pointer: arrays and
/// entries wait in one list.
struct retired {
  retired *next_retired = nullptr;
  void (*destroy)(retired *, void *context) noexcept = nullptr;
  std::size_t retired_bytes = 0;
};

class grace_domain {
  static constexpr std::size_t stripes = 32;
  struct alignas(64) stripe {
    std::atomic<std::uint64_t> inside[2] = {};
  };

public:
  /// A reader inside. What it can reach stays until it has gone.
  class guard {
  public:
    explicit guard(const grace_domain &domain) noexcept
        : where(&domain.counters[stripe_of_thread()]),
          parity(domain.epoch.load(std::memory_order_relaxed) & 1) {
      RETSAN_MAP_STEP(epoch_read, 0);
      where->inside[parity].fetch_add(1, std::memory_order_acq_rel);
    }
    guard(guard &&other) noexcept
        : where(std::exchange(other.where, nullptr)), parity(other.parity) {}
    guard(const guard &) = delete;
    guard &operator=(const guard &) = delete;
    guard &operator=(guard &&) = delete;
    ~guard() {
      if (where)
        where->inside[parity].fetch_sub(1, std::memory_order_acq_rel);
    }

  private:
    stripe *where;
    unsigned parity;
  };

  /// After \p what was unlinked: no reader that comes from now on can reach it.
  void retire(retired *what) noexcept {
    bytes.fetch_add(what->retired_bytes, std::memory_order_relaxed);
    pieces.fetch_add(1, std::memory_order_relaxed);
    retired *head = fresh.load(std::memory_order_relaxed);
    do
      what->next_retired = head;
    while (!fresh.compare_exchange_weak(head, what, std::memory_order_acq_rel,
                                        std::memory_order_relaxed));
  }

  /// Takes the grace period on, as far as it goes now, and frees what has
  /// outlived its readers. Whoever finds another thread at it goes away.
  void poll(void *context) noexcept {
    if (pieces.load(std::memory_order_relaxed) == 0 ||
        polling.exchange(true, std::memory_order_acquire))
      return;
    // Twice: what was taken in this call may be free to go at once.
    for (int round = 0; round != 2; ++round) {
      if (waiting == nullptr) {
        waiting = fresh.exchange(nullptr, std::memory_order_acq_rel);
        flipped = false;
      }
      if (waiting == nullptr || !step())
        break;
      free_list(std::exchange(waiting, nullptr), context);
    }
    polling.store(false, std::memory_order_release);
  }

  /// For a domain that no thread uses any more.
  void free_all(void *context) noexcept {
    free_list(std::exchange(waiting, nullptr), context);
    free_list(fresh.exchange(nullptr, std::memory_order_acquire), context);
  }

  std::size_t retired_bytes() const noexcept {
    return bytes.load(std::memory_order_relaxed);
  }
  std::size_t retired_pieces() const noexcept {
    return pieces.load(std::memory_order_relaxed);
  }

private:
  static std::size_t stripe_of_thread() noexcept {
    static thread_local const std::size_t mine =
        std::hash<std::thread::id>()(std::this_thread::get_id()) * 0x9E3779B9u %
        stripes;
    return mine;
  }

  bool empty(unsigned parity) const noexcept {
    for (stripe &s : counters)
      if (s.inside[parity].fetch_add(0, std::memory_order_acq_rel) != 0)
        return false;
    return true;
  }

  /// True once all readers that could reach what waits have gone.
  bool step() noexcept {
    unsigned current = epoch.load(std::memory_order_relaxed) & 1;
    if (!flipped) {
      // Late comers of the parity before, who read the epoch before it turned.
      if (!empty(1 - current))
        return false;
      epoch.fetch_add(1, std::memory_order_acq_rel);
      flipped = true;
      current = 1 - current;
    }
    return empty(1 - current);
  }

  void free_list(retired *list, void *context) noexcept {
    while (list != nullptr) {
      retired *next = list->next_retired;
      bytes.fetch_sub(list->retired_bytes, std::memory_order_relaxed);
      pieces.fetch_sub(1, std::memory_order_relaxed);
      list->destroy(list, context);
      list = next;
    }
  }

  mutable stripe counters[stripes];
  std::atomic<std::uint64_t> epoch{0};
  std::atomic<retired *> fresh{nullptr};
  std::atomic<std::size_t> bytes{0}, pieces{0};
  std::atomic<bool> polling{false};
  retired *waiting = nullptr; ///< Only for who holds `polling`.
  bool flipped = false;       ///< The same.
};

} // namespace retsan::map_detail

#endif
