//===- access.h - finding, adding and removing entries --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each call has two halves: its own work, in the one bucket chain where entries
// of that hash are, then what it owes to a growth under way. In this order,
// since arguments may refer to entries of the map. Driving is counted in the
// fast path and done in batches outside of it.
//
// Part of incremental_map.h, which includes it at its end.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_ACCESS_H
#define RETSAN_MAP_DETAIL_ACCESS_H

#define RETSAN_MAP_TEMPLATE                                                    \
  template <class Key, class T, class Hash, class KeyEqual, class Allocator,   \
            class Policy, class Observer>
#define RETSAN_MAP_CLASS                                                       \
  incremental_map<Key, T, Hash, KeyEqual, Allocator, Policy, Observer>

namespace retsan {

RETSAN_MAP_TEMPLATE
template <class K>
inline std::size_t RETSAN_MAP_CLASS::hash_of(const K &key) const {
  std::size_t hash = static_cast<std::size_t>(hash_(key));
  if constexpr (requires { typename Hash::is_avalanching; })
    return hash;
  else
    return map_detail::spread(hash);
}

/// The one bucket where entries with this hash are.
RETSAN_MAP_TEMPLATE
inline auto RETSAN_MAP_CLASS::home(std::size_t hash) const -> bucket * {
  if (phase_ == phase::migrating) [[unlikely]] {
    std::size_t old_index = hash & (noldbuckets_ - 1);
    if (!evacuated(old_index))
      return oldbuckets_ + old_index;
  }
  return buckets_ + (hash & mask_);
}

RETSAN_MAP_TEMPLATE
inline bool RETSAN_MAP_CLASS::home_is_old(std::size_t hash) const {
  return phase_ == phase::migrating && !evacuated(hash & (noldbuckets_ - 1));
}

RETSAN_MAP_TEMPLATE
template <class K>
inline auto RETSAN_MAP_CLASS::search(std::size_t hash, const K &key) const
    -> position {
  if (size_ == 0)
    return {};
  bucket *b = home(hash);
  std::uint8_t top = map_detail::top_of(hash);
  // The slots' line is fetched beside the tophash line, not after it.
  __builtin_prefetch(&b->slots[3]);
  for (;;) {
    for (unsigned found = b->match(top); found != 0; found &= found - 1) {
      position p{b, static_cast<unsigned>(std::countr_zero(found))};
      if (equal_(p.entry()->first, key)) [[likely]]
        return p;
    }
    if (b->ends_chain()) [[likely]]
      return {};
    b = b->overflow;
  }
}

RETSAN_MAP_TEMPLATE
template <class K>
inline auto RETSAN_MAP_CLASS::search_if_any(const K &key) const -> position {
  return size_ == 0 ? position() : search(hash_of(key), key);
}

/// What a call owes to a growth. What it was about is under \p watched.
RETSAN_MAP_TEMPLATE
inline void RETSAN_MAP_CLASS::drive_on(std::size_t hash,
                                       position &watched) noexcept {
  if (phase_ != phase::migrating) [[likely]]
    return;
  due_ += Policy::step;
  if (Policy::own_bucket_first || due_ >= batch || due_ >= noldbuckets_)
      [[unlikely]]
    watched = drive_step(hash, watched);
}

RETSAN_MAP_TEMPLATE
template <class K>
inline auto RETSAN_MAP_CLASS::looked_up(const K &key) -> position {
  if constexpr (requires { observer_.operation(); })
    observer_.operation();
  if (size_ == 0) {
    position nothing;
    if constexpr (drives_on_read)
      drive_on(0, nothing);
    return {};
  }
  std::size_t hash = hash_of(key);
  position p = search(hash, key);
  if constexpr (drives_on_read)
    drive_on(hash, p);
  return p;
}

RETSAN_MAP_TEMPLATE
template <class K>
inline auto RETSAN_MAP_CLASS::looked_up(const K &key) const -> position {
  if constexpr (Policy::driven_by == drive::everything) {
    return const_cast<incremental_map *>(this)->looked_up(key);
  } else {
    if constexpr (requires { observer_.read(); })
      observer_.read();
    return search_if_any(key);
  }
}

/// The first free slot of a chain; a new overflow bucket if there is none.
RETSAN_MAP_TEMPLATE
inline auto RETSAN_MAP_CLASS::free_slot(std::size_t hash) -> position {
  bucket *b = home(hash);
  for (;; b = b->overflow) {
    if (unsigned free = b->empty_slots())
      return {b, static_cast<unsigned>(std::countr_zero(free))};
    if (b->overflow == nullptr)
      return {add_overflow(b, home_is_old(hash)), 0};
  }
}

/// Entries that are known to be absent, into an array that is large enough.
RETSAN_MAP_TEMPLATE
template <class Pair>
void RETSAN_MAP_CLASS::append(std::size_t hash, Pair &&entry) {
  position p = free_slot(hash);
  traits::construct(alloc_, &p.in->slots[p.index].value,
                    std::forward<Pair>(entry));
  p.in->tophash[p.index] = map_detail::top_of(hash);
  ++size_;
}

/// Off the fast path: is a growth due?
RETSAN_MAP_TEMPLATE
[[gnu::noinline]] void RETSAN_MAP_CLASS::before_insertion() {
  if (phase_ == phase::stable && needs_growth())
    try_begin_growth();
}

// The entry is built before any bucket moves: arguments may refer to entries.
RETSAN_MAP_TEMPLATE
template <class K, class... Args>
auto RETSAN_MAP_CLASS::put(K &&key, Args &&...args) -> placed {
  if constexpr (requires { observer_.operation(); })
    observer_.operation();
  if (buckets_ == nullptr) [[unlikely]]
    install(0);
  std::size_t hash = hash_of(key);
  std::uint8_t top = map_detail::top_of(hash);
  bucket *b = home(hash);
  __builtin_prefetch(&b->slots[4]);
  position p;
  bool absent = true;
  for (;; b = b->overflow) {
    for (unsigned found = b->match(top); found != 0; found &= found - 1) {
      position seen{b, static_cast<unsigned>(std::countr_zero(found))};
      if (equal_(seen.entry()->first, key)) [[likely]] {
        p = seen;
        absent = false;
        break;
      }
    }
    if (!absent)
      break;
    if (!p)
      if (unsigned free = b->empty_slots())
        p = {b, static_cast<unsigned>(std::countr_zero(free))};
    if (b->ends_chain()) [[likely]]
      break;
  }
  if (absent) {
    // A growth that begins leaves the chain where it is: in the old array.
    if constexpr (Policy::one_check) {
      if (size_ >= limit_) [[unlikely]]
        before_insertion();
    } else {
      if (phase_ == phase::stable && needs_growth()) [[unlikely]]
        try_begin_growth();
    }
    if (!p)
      p = {add_overflow(b, home_is_old(hash)), 0};
    traits::construct(alloc_, &p.in->slots[p.index].value,
                      std::piecewise_construct,
                      std::forward_as_tuple(std::forward<K>(key)),
                      std::forward_as_tuple(std::forward<Args>(args)...));
    p.in->tophash[p.index] = top;
    ++size_;
  }
  if constexpr (drives_on_write)
    drive_on(hash, p);
  return {p.in, p.index, absent};
}

RETSAN_MAP_TEMPLATE
template <class K, class M>
auto RETSAN_MAP_CLASS::assign(K &&key, M &&value) -> std::pair<iterator, bool> {
  // Assigned before anything moves, since `value` may refer to an entry.
  std::size_t hash = hash_of(key);
  position p = search(hash, key);
  if (!p)
    return result(put(std::forward<K>(key), std::forward<M>(value)));
  p.entry()->second = std::forward<M>(value);
  if constexpr (requires { observer_.operation(); })
    observer_.operation();
  if constexpr (drives_on_write)
    drive_on(hash, p);
  return {iterator(this, p), false};
}

RETSAN_MAP_TEMPLATE
template <class K> auto RETSAN_MAP_CLASS::erase_key(const K &key) -> size_type {
  if constexpr (requires { observer_.operation(); })
    observer_.operation();
  // An absent key moves a growth on as well, an empty map included.
  if (size_ == 0 && phase_ == phase::stable)
    return 0;
  std::size_t hash = hash_of(key);
  position p = search(hash, key), nothing;
  bool present = static_cast<bool>(p);
  // Go moves the bucket first, so that a copy which stays behind is a full
  // one.
  if constexpr (drives_on_write && Policy::own_bucket_first)
    drive_on(hash, p);
  if (present)
    erase_at(p, home(hash));
  if constexpr (drives_on_write && !Policy::own_bucket_first)
    drive_on(hash, nothing);
  return present;
}

RETSAN_MAP_TEMPLATE
template <class It>
auto RETSAN_MAP_CLASS::erase_walking(const It &where) -> iterator {
  iterator next(where, typename iterator::from_any());
  position p = next.current();
  std::size_t hash = hash_of(p.entry()->first);
  ++next;
  erase_at(p, home(hash));
  return next;
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::erase_at(position p, bucket *head) noexcept {
  traits::destroy(alloc_, p.entry());
  --size_;
  map_detail::mark_empty(p, head);
}

/// Calls \p visit with the position of each entry.
RETSAN_MAP_TEMPLATE
template <class Visitor>
void RETSAN_MAP_CLASS::for_each_position(Visitor visit) const {
  auto chain = [&](bucket *b) {
    for (; b != nullptr; b = b->overflow)
      for (unsigned full = b->full_slots(); full != 0; full &= full - 1)
        visit(position{b, static_cast<unsigned>(std::countr_zero(full))});
  };
  if (size_ == 0)
    return;
  if (phase_ == phase::migrating)
    for (std::size_t i = nevacuate_; i != noldbuckets_; ++i)
      if (!evacuated(i))
        chain(oldbuckets_ + i);
  for (std::size_t i = 0; i <= mask_; ++i)
    if (filled(i))
      chain(buckets_ + i);
}

} // namespace retsan

#undef RETSAN_MAP_TEMPLATE
#undef RETSAN_MAP_CLASS

#endif
