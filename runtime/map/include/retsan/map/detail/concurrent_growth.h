//===- concurrent_growth.h - claim, move, forward, commit, retire ---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   idle(v) ─CAS─▶ prepare(v+1) ─▶ migrating(v+1) ─▶ done(v+1) ─▶ idle(v+1)
//                       └── no memory ─▶ idle(v+1)
//
// Each arrow has one owner: the winner of the CAS, the thread that forwards the
// last bin, the thread that frees the old array. Claims of bins only keep
// helpers out of each other's way: whoever forwards a bin counts it, and
// advance() also moves bins that were claimed and left.
//
// Part of concurrent_incremental_map.h, which includes it at its end.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_CONCURRENT_GROWTH_H
#define RETSAN_MAP_DETAIL_CONCURRENT_GROWTH_H

#define RETSAN_MAP_TEMPLATE                                                    \
  template <class Key, class T, class Hash, class KeyEqual, class Observer>
#define RETSAN_MAP_CLASS                                                       \
  concurrent_incremental_map<Key, T, Hash, KeyEqual, Observer>

namespace retsan {

RETSAN_MAP_TEMPLATE
RETSAN_MAP_CLASS::~concurrent_incremental_map() {
  table *t = root_.load(std::memory_order_acquire);
  table *next = t->next.load(std::memory_order_acquire);
  for (std::size_t i = 0; i != t->bins(); ++i) {
    std::uintptr_t word = t->bin(i).load(std::memory_order_acquire);
    // Under migration each entry is in a bin of one array, forwarded or not.
    auto destroy = [](std::uintptr_t chain, unsigned side) {
      for (auto *n = reinterpret_cast<node *>(chain); n != nullptr;)
        delete std::exchange(n, n->links[side].load(std::memory_order_relaxed));
    };
    if (word != table::forwarded) {
      destroy(word, t->side);
      continue;
    }
    for (std::size_t j : {i, i + t->bins()})
      destroy(next->bin(j).load(std::memory_order_acquire), next->side);
  }
  domain_.free_all(this);
  if (table *old = going_.load(std::memory_order_acquire)) {
    std::size_t left = table::bytes_for(old->bins()) - old->dropped;
    if constexpr (requires { observer_.old_released(describe(old), left); })
      observer_.old_released(describe(old), left);
    table::free(old);
  }
  if (next != nullptr) {
    if constexpr (requires { observer_.growth_end(describe(t)); })
      observer_.growth_end(describe(t));
    std::size_t bytes = table::bytes_for(t->bins());
    if constexpr (requires { observer_.old_released(describe(t), bytes); })
      observer_.old_released(describe(t), bytes);
    table::free(next);
  }
  table::free(t);
}

//===-- Reading -----------------------------------------------------------===//

/// The caller is a reader. At most one forwarding: a second growth would need
/// the first one's old array to be gone, which this reader prevents.
RETSAN_MAP_TEMPLATE
auto RETSAN_MAP_CLASS::find_node(const Key &key) const -> const node * {
  std::size_t hash = hash_of(key);
  table *t = root_.load(std::memory_order_acquire);
  RETSAN_MAP_STEP(root_loaded, 0);
  std::uintptr_t word;
  while ((word = t->bin(hash & t->mask).load(std::memory_order_acquire)) ==
         table::forwarded)
    t = t->next.load(std::memory_order_acquire);
  auto *n = reinterpret_cast<const node *>(word & ~table::locked);
  while (n != nullptr && !(n->hash == hash && equal_(n->entry.first, key)))
    n = n->links[t->side].load(std::memory_order_acquire);
  return n;
}

RETSAN_MAP_TEMPLATE
template <class Visitor> void RETSAN_MAP_CLASS::for_each(Visitor &&see) const {
  reader inside(this);
  table *t = root_.load(std::memory_order_acquire);
  auto chain = [&](std::uintptr_t word, unsigned side) {
    for (auto *n = reinterpret_cast<const node *>(word & ~table::locked);
         n != nullptr; n = n->links[side].load(std::memory_order_acquire))
      see(n->entry);
  };
  for (std::size_t i = 0; i != t->bins(); ++i) {
    std::uintptr_t word = t->bin(i).load(std::memory_order_acquire);
    if (word != table::forwarded) {
      chain(word, t->side);
      continue;
    }
    table *next = t->next.load(std::memory_order_acquire);
    for (std::size_t j : {i, i + t->bins()})
      chain(next->bin(j).load(std::memory_order_acquire), next->side);
  }
}

//===-- Changing ----------------------------------------------------------===//

/// The one bin where entries of this hash are, locked.
RETSAN_MAP_TEMPLATE
auto RETSAN_MAP_CLASS::lock_home(std::size_t hash) const -> bin_lock {
  for (table *t = root_.load(std::memory_order_acquire);;) {
    bin_lock lock = bin_lock::take(t, hash & t->mask);
    if (lock)
      return lock;
    t = t->next.load(std::memory_order_acquire);
  }
}

RETSAN_MAP_TEMPLATE
template <class Make>
bool RETSAN_MAP_CLASS::change(const Key &key, what_if_present policy,
                              Make make) {
  bool absent = true;
  {
    map_detail::grace_domain::guard inside(domain_);
    std::size_t hash = hash_of(key);
    if (policy == keep && find_node(key)) {
      absent = false;
    } else {
      // Made before the bin is locked: making may take long, or throw.
      std::unique_ptr<node> made(make());
      made->hash = hash;
      node *gone = nullptr;
      {
        bin_lock lock = lock_home(hash);
        std::atomic<node *> *link;
        node *present = lock.find(hash, key, equal_, link);
        unsigned side = lock.side();
        absent = present == nullptr;
        if (absent) {
          // At the head: what a reader has passed stays as it was.
          made->links[side].store(lock.head, std::memory_order_relaxed);
          lock.head = made.release();
        } else if (policy == replace) {
          made->links[side].store(
              present->links[side].load(std::memory_order_relaxed),
              std::memory_order_relaxed);
          lock.set(link, made.release());
          gone = present;
        }
      }
      if (absent)
        size_.fetch_add(1, std::memory_order_relaxed);
      if (gone)
        retire(gone);
    }
    after_change();
  }
  poll();
  return absent;
}

RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::erase(const Key &key) {
  node *gone;
  {
    map_detail::grace_domain::guard inside(domain_);
    std::size_t hash = hash_of(key);
    {
      bin_lock lock = lock_home(hash);
      std::atomic<node *> *link;
      gone = lock.find(hash, key, equal_, link);
      if (gone)
        lock.set(link,
                 gone->links[lock.side()].load(std::memory_order_relaxed));
    }
    if (gone) {
      size_.fetch_sub(1, std::memory_order_relaxed);
      retire(gone);
    }
    after_change();
  }
  poll();
  return gone != nullptr;
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::clear() {
  {
    map_detail::grace_domain::guard inside(domain_);
    table *t = root_.load(std::memory_order_acquire);
    auto empty_bin = [&](table *in, std::size_t index) {
      node *chain;
      unsigned side = in->side;
      {
        bin_lock lock = bin_lock::take(in, index);
        if (!lock)
          return false;
        chain = std::exchange(lock.head, nullptr);
      }
      while (chain != nullptr) {
        node *n = chain;
        chain = n->links[side].load(std::memory_order_relaxed);
        size_.fetch_sub(1, std::memory_order_relaxed);
        retire(n);
      }
      return true;
    };
    for (std::size_t i = 0; i != t->bins(); ++i)
      if (!empty_bin(t, i)) {
        table *next = t->next.load(std::memory_order_acquire);
        empty_bin(next, i);
        empty_bin(next, i + t->bins());
      }
    after_change();
  }
  poll_now();
}

//===-- Growth ------------------------------------------------------------===//

/// What each change owes: a growth begun, or some bins moved. Inside a reader.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::after_change() {
  if constexpr (requires { observer_.operation(); })
    observer_.operation();
  switch (phase_of(state_.load(std::memory_order_acquire))) {
  case migration_phase::idle:
    try_begin_growth();
    break;
  case migration_phase::migrating:
    help(stride, false);
    break;
  default:
    break;
  }
}

/// Outside of the caller's own reader, which would hold everything back.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::poll() {
  // Each look touches all counters of readers; not at every change.
  static thread_local unsigned calls = 0;
  if (++calls % 16 == 0)
    poll_now();
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::poll_now() {
  domain_.poll(this);
  drop_some();
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::try_begin_growth() {
  std::uint64_t state = state_.load(std::memory_order_acquire);
  if (phase_of(state) != migration_phase::idle)
    return;
  // Of the version in `state`: if a growth came in between, the CAS fails.
  table *t = root_.load(std::memory_order_acquire);
  if (size() <= t->bins())
    return;
  std::uint64_t version = (state >> 2) + 1;
  RETSAN_MAP_STEP(growth_wanted, 0);
  if (!state_.compare_exchange_strong(
          state, state_of(version, migration_phase::prepare),
          std::memory_order_acq_rel))
    return;
  table *next = table::make(2 * t->bins(), 1 - t->side);
  if (next == nullptr) {
    failed_growths_.fetch_add(1, std::memory_order_relaxed);
    state_.store(state_of(version, migration_phase::idle),
                 std::memory_order_release);
    return;
  }
  old_bytes_.store(table::bytes_for(t->bins()), std::memory_order_relaxed);
  if constexpr (requires { observer_.growth_begin(describe(t)); })
    observer_.growth_begin(describe(t));
  // In this order: whoever sees the next array may finish the growth.
  state_.store(state_of(version, migration_phase::migrating),
               std::memory_order_release);
  RETSAN_MAP_STEP(growth_announced, 0);
  t->next.store(next, std::memory_order_release);
}

/// Moves up to \p n bins of a growth under way. Inside a reader.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::help(size_type n, bool sweep) {
  table *t = root_.load(std::memory_order_acquire);
  if (t->next.load(std::memory_order_acquire) == nullptr)
    return;
  while (n != 0 && t->claimed.load(std::memory_order_relaxed) < t->bins()) {
    std::size_t many = std::min(n, stride);
    std::size_t begin = t->claimed.fetch_add(many, std::memory_order_relaxed);
    std::size_t end = std::min(begin + many, t->bins());
    for (std::size_t i = begin; i < end; ++i)
      migrate_bin(t, i);
    n -= many;
  }
  if (!sweep)
    return;
  // Bins that somebody claimed and did not move, or not yet.
  std::size_t i = t->swept.load(std::memory_order_relaxed);
  for (; n != 0 && i < t->bins(); ++i)
    n -= migrate_bin(t, i);
  std::size_t before = t->swept.load(std::memory_order_relaxed);
  while (before < i && !t->swept.compare_exchange_weak(
                           before, i, std::memory_order_relaxed)) {
  }
}

/// False if another thread has done it.
RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::migrate_bin(table *from, std::size_t index) {
  table *to = from->next.load(std::memory_order_acquire);
  {
    bin_lock lock = bin_lock::take(from, index);
    if (!lock)
      return false;
    // Nobody goes to the two new bins before this one is forwarded, and nobody
    // reads the other link: the array before this one has gone.
    node *heads[2] = {};
    for (node *n = lock.head; n != nullptr;
         n = n->links[from->side].load(std::memory_order_relaxed)) {
      node *&head = heads[(n->hash & from->bins()) != 0];
      n->links[to->side].store(head, std::memory_order_relaxed);
      head = n;
    }
    RETSAN_MAP_STEP(bin_threaded, index);
    for (unsigned up : {0u, 1u})
      to->bin(index + up * from->bins())
          .store(reinterpret_cast<std::uintptr_t>(heads[up]),
                 std::memory_order_release);
    RETSAN_MAP_STEP(bin_published, index);
    lock.forward();
    RETSAN_MAP_STEP(bin_forwarded, index);
  }
  std::size_t moved = from->migrated.fetch_add(1, std::memory_order_acq_rel);
  RETSAN_MAP_STEP(bin_counted, index);
  if constexpr (requires { observer_.bucket_evacuated(describe(from), index); })
    observer_.bucket_evacuated(describe(from), index);
  if (moved + 1 == from->bins())
    commit(from);
  return true;
}

/// By the one thread that has forwarded the last bin.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::commit(table *from) {
  if constexpr (requires { observer_.growth_end(describe(from)); })
    observer_.growth_end(describe(from));
  root_.store(from->next.load(std::memory_order_relaxed),
              std::memory_order_release);
  std::uint64_t version = state_.load(std::memory_order_relaxed) >> 2;
  state_.store(state_of(version, migration_phase::done),
               std::memory_order_release);
  RETSAN_MAP_STEP(half_committed, 0);
  from->destroy = destroy_table;
  domain_.retire(from);
}

/// No reader is in the old array any more: its memory goes, from here on.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::destroy_table(map_detail::retired *r,
                                     void *context) noexcept {
  auto *map = static_cast<concurrent_incremental_map *>(context);
  map->going_.store(static_cast<table *>(r), std::memory_order_release);
}

/// A piece of the old array goes, and with the last one the growth is over.
/// One thread at a time: it has taken the array out of `going_`.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::drop_some() {
  if (going_.load(std::memory_order_relaxed) == nullptr)
    return;
  table *t = going_.exchange(nullptr, std::memory_order_acq_rel);
  if (t == nullptr)
    return;
  std::size_t before = table::bytes_for(t->bins()) - t->dropped;
  std::size_t left = t->drop(piece_bytes);
  old_bytes_.store(left, std::memory_order_relaxed);
  if constexpr (requires {
                  observer_.old_released(describe(t), before - left);
                })
    observer_.old_released(describe(t), before - left);
  if (left != 0) {
    going_.store(t, std::memory_order_release);
    return;
  }
  table::free(t);
  std::uint64_t version = state_.load(std::memory_order_relaxed) >> 2;
  state_.store(state_of(version, migration_phase::idle),
               std::memory_order_release);
}

RETSAN_MAP_TEMPLATE
auto RETSAN_MAP_CLASS::advance(size_type n) -> size_type {
  size_type left = 0;
  {
    map_detail::grace_domain::guard inside(domain_);
    help(n, true);
    table *t = root_.load(std::memory_order_acquire);
    if (t->next.load(std::memory_order_acquire) != nullptr)
      left = t->bins() - t->migrated.load(std::memory_order_acquire);
  }
  poll_now();
  return left;
}

RETSAN_MAP_TEMPLATE
concurrent_statistics RETSAN_MAP_CLASS::statistics() const {
  reader inside(this);
  concurrent_statistics s;
  std::uint64_t state = state_.load(std::memory_order_acquire);
  table *t = root_.load(std::memory_order_acquire);
  table *next = t->next.load(std::memory_order_acquire);
  s.size = size();
  s.bins = next ? next->bins() : t->bins();
  s.phase = phase_of(state);
  s.version = state >> 2;
  s.old_bytes = old_bytes_.load(std::memory_order_relaxed);
  if (next != nullptr) {
    s.old_bins = t->bins();
    s.migrated_bins = t->migrated.load(std::memory_order_relaxed);
  }
  s.retired_bytes = domain_.retired_bytes();
  s.failed_growths = failed_growths_.load(std::memory_order_relaxed);
  return s;
}

RETSAN_MAP_TEMPLATE
migration RETSAN_MAP_CLASS::describe(const table *from) const {
  migration m;
  m.type = "retsan::concurrent_incremental_map";
  m.map = this;
  m.old_array = from;
  m.old_bytes = table::bytes_for(from->bins());
  m.done = from->migrated.load(std::memory_order_relaxed);
  m.total = from->bins();
  return m;
}

} // namespace retsan

#undef RETSAN_MAP_TEMPLATE
#undef RETSAN_MAP_CLASS

#endif
