//===- growth.h - from the old array to the new one, bucket by bucket
//------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   begin_growth: oldbuckets_ = buckets_, a new array, phase migrating
//   evacuate(i):  entries of old bucket i go to new buckets i (x) and i + old
//   size
//                 (y); both are empty until then, since writes go home
//   end_growth:   phase stable, and the policy says what becomes of the old
//   array
//
// A bucket has moved if its index is below nevacuate_ or its first tophash byte
// says so (only under own_bucket_first: otherwise they move in order). The
// first question comes first: memory below nevacuate_ may have been given back,
// and then reads as "not moved".
//
// Moving one bucket either happens or does not. Entries are transferred first,
// with their old tophash bytes replaced by marks; if a hash, copy or allocation
// throws, the marks tell what to bring back. Only then is anything destroyed.
//
// Part of incremental_map.h, which includes it at its end.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_GROWTH_H
#define RETSAN_MAP_DETAIL_GROWTH_H

#define RETSAN_MAP_TEMPLATE                                                    \
  template <class Key, class T, class Hash, class KeyEqual, class Allocator,   \
            class Policy, class Observer>
#define RETSAN_MAP_CLASS                                                       \
  incremental_map<Key, T, Hash, KeyEqual, Allocator, Policy, Observer>

namespace retsan {

RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::over_load(std::size_t entries, unsigned bits) {
  return entries > map_detail::slots_per_bucket &&
         entries > 13 * ((std::size_t(1) << bits) / 2);
}

RETSAN_MAP_TEMPLATE
unsigned RETSAN_MAP_CLASS::bits_for(std::size_t entries) {
  unsigned bits = 0;
  while (over_load(entries, bits))
    ++bits;
  return bits;
}

/// Go's two reasons: too many entries, or as many overflow buckets as buckets.
RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::needs_growth() const {
  return over_load(size_ + 1, bits_) ||
         (Policy::same_size_growth && noverflow_ >= mask_ + 1);
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::update_limit() noexcept {
  bool look_now = phase_ == phase::migrating ||
                  (Policy::same_size_growth && noverflow_ > mask_);
  limit_ = look_now ? 0
                    : std::max<std::size_t>(map_detail::slots_per_bucket,
                                            13 * ((mask_ + 1) / 2));
}

/// A map that cannot grow now is slower, not wrong: it tries again next time.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::try_begin_growth() {
  if (!keys_can_stay && is_pinned(buckets_))
    return;
  try {
    begin_growth();
  } catch (const std::bad_alloc &) {
    ++postponed_;
  }
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::begin_growth() {
  unsigned bits = over_load(size_ + 1, bits_) ? bits_ + 1u : bits_;
  std::size_t buckets = std::size_t(1) << bits;
  bucket *fresh = allocate_array(buckets);
  if (oldbuckets_ != nullptr) {
    phase_ = phase::releasing;
    dispose_old();
  }
  oldbuckets_ = buckets_;
  noldbuckets_ = mask_ + 1;
  old_nodes_ = nodes_;
  if constexpr (may_page)
    old_slab_ = std::exchange(slab_, nullptr);
  old_node_count_ = node_count_;
  old_tail_used_ = tail_used_;
  nevacuate_ = dropped_ = due_ = 0;
  keys_kept_ = false;
  old_iterated_.store(iterated_.load(std::memory_order_relaxed),
                      std::memory_order_relaxed);
  iterated_.store(false, std::memory_order_relaxed);
  buckets_ = fresh;
  bits_ = static_cast<std::uint8_t>(bits);
  mask_ = buckets - 1;
  nodes_ = nullptr;
  node_count_ = noverflow_ = tail_used_ = 0;
  phase_ = phase::migrating;
  update_limit();
  if constexpr (requires { observer_.growth_begin(describe()); })
    observer_.growth_begin(describe());
}

/// For whoever ends the map, or its contents, before all has moved.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::give_up_growth() const noexcept {
  if (phase_ != phase::migrating)
    return;
  if constexpr (requires { observer_.growth_end(describe()); })
    observer_.growth_end(describe());
}

/// Of an array that the map dropped before, and an iterator held.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::tell_released(const bucket *array,
                                     const header &h) const noexcept {
  if constexpr (requires { observer_.old_released(describe(), h.bytes); })
    observer_.old_released(describe(array, h), h.bytes);
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::end_growth() noexcept {
  if constexpr (requires { observer_.growth_end(describe()); })
    observer_.growth_end(describe());
  if constexpr (Policy::released != releasing::never) {
    phase_ = phase::releasing;
    dispose_old();
  }
  phase_ = phase::stable;
  update_limit();
}

/// The old array goes; or stays with the iterators that pin it. In phase
/// releasing, which the caller ends.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::dispose_old() noexcept {
  bucket *array = oldbuckets_;
  std::size_t bytes =
      block_bytes(noldbuckets_) - dropped_ + old_node_count_ * sizeof(node);
  if (is_pinned(array)) {
    retire(array, noldbuckets_, old_nodes_, bytes);
    header_of(array)->old = true;
  } else {
    if constexpr (!trivial_slots)
      if (nevacuate_of_old() != noldbuckets_)
        destroy_slots(alloc_, array, nevacuate_of_old(), noldbuckets_);
    free_nodes(alloc_, old_nodes_);
    free_array(alloc_, array, noldbuckets_);
    if constexpr (requires { observer_.old_released(describe(), bytes); })
      observer_.old_released(describe(), bytes);
  }
  map_detail::slab_release(std::exchange(old_slab_, nullptr));
  oldbuckets_ = nullptr;
  old_nodes_ = nullptr;
  old_node_count_ = old_tail_used_ = 0;
  dropped_ = 0;
}

/// The first old bucket whose slots may hold anything that needs destroying.
RETSAN_MAP_TEMPLATE
std::size_t RETSAN_MAP_CLASS::nevacuate_of_old() const noexcept {
  return Policy::cleared == clearing::always && !keys_kept_ ? nevacuate_ : 0;
}

/// Lets go of the pages of the old array that nevacuate_ has passed. The first
/// page stays: the header is in it.
///
///   old   |h|--given away--|---- not moved ----|
///   new   |h|--filled------|  |<-- pages come here, two chunks further on
///
/// Entries move to the same offset of the new array and, in a doubling, to its
/// second half, so that this place is the next that would be touched. The
/// distance is always the same, so the kernel can join the mappings.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::release_chunks() noexcept {
  constexpr std::size_t chunk =
      std::max(Policy::chunk_bytes, map_detail::page_bytes) &
      ~(map_detail::page_bytes - 1);
  std::size_t passed = header_bytes + nevacuate_ * sizeof(bucket);
  std::size_t begin = dropped_ + map_detail::page_bytes;
  std::size_t end = passed - passed % chunk;
  if (end <= begin || keys_kept_ || !in_pages(noldbuckets_) ||
      is_pinned(oldbuckets_))
    return;
  char *block = reinterpret_cast<char *>(oldbuckets_) - header_bytes;
  std::size_t to = begin + 2 * chunk, to_end = end + 2 * chunk;
  if (recycles && to >= map_detail::round_to_pages(passed) &&
      to_end <= header_bytes + noldbuckets_ * sizeof(bucket))
    map_detail::move_pages(block, begin, end,
                           reinterpret_cast<char *>(buckets_) - header_bytes +
                               to);
  else
    map_detail::discard_pages(block, begin, end);
  dropped_ = end - map_detail::page_bytes;
  if constexpr (requires { observer_.old_released(describe(), end - begin); })
    observer_.old_released(describe(), end - begin);
}

RETSAN_MAP_TEMPLATE
inline bool RETSAN_MAP_CLASS::evacuated(std::size_t old_index) const {
  if (phase_ != phase::migrating)
    return false;
  if constexpr (in_order)
    return old_index < nevacuate_;
  else
    return old_index < nevacuate_ ||
           map_detail::is_evacuated_mark(oldbuckets_[old_index].tophash[0]);
}

/// Whether a bucket of the current array has a meaning yet.
RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::filled(std::size_t index) const {
  return phase_ != phase::migrating || evacuated(index & (noldbuckets_ - 1));
}

/// Before somebody looks at all of an array that a growth has not filled.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::empty_unfilled() noexcept {
  if constexpr (recycles && pins_arrays)
    if (phase_ == phase::migrating && is_pinned(buckets_))
      for (std::size_t i = 0; i <= mask_; ++i)
        if (!filled(i))
          buckets_[i].make_empty();
}

/// A walk over keys that cannot be copied holds the arrays as they are.
RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::held_up() const {
  return !keys_can_stay && (is_pinned(oldbuckets_) || is_pinned(buckets_));
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::advance_mark() noexcept {
  ++nevacuate_;
  if constexpr (!in_order) {
    std::size_t stop = std::min(nevacuate_ + Policy::scan_limit, noldbuckets_);
    while (nevacuate_ < stop &&
           map_detail::is_evacuated_mark(oldbuckets_[nevacuate_].tophash[0]))
      ++nevacuate_;
  }
  if (nevacuate_ == noldbuckets_)
    end_growth();
  else if constexpr (Policy::released == releasing::in_chunks)
    release_chunks();
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::move_next(position &watched) {
  std::size_t next = nevacuate_;
  // Asked for a batch ahead, lines arrive while the calls in between run:
  // buckets two batches ahead, and one ahead what hangs on them, which is
  // anywhere.
  constexpr std::size_t near = std::max<std::size_t>(batch, 6);
  if (std::size_t ahead = next + 2 * near; ahead < noldbuckets_) {
    __builtin_prefetch(&oldbuckets_[ahead]);
    __builtin_prefetch(&oldbuckets_[ahead].slots[3]);
    if (const bucket *b = oldbuckets_[ahead - near].overflow) {
      __builtin_prefetch(b);
      __builtin_prefetch(&b->slots[3]);
    }
  }
  if (!in_order && evacuated(next))
    advance_mark();
  else
    evacuate(next, watched);
}

/// The work that an operation does on the way. Returns where \p watched is
/// then. An exception puts the work off: the operation itself has succeeded.
RETSAN_MAP_TEMPLATE
[[gnu::noinline]] auto RETSAN_MAP_CLASS::drive_step(std::size_t hash,
                                                    position watched) noexcept
    -> position {
  if (phase_ != phase::migrating || held_up())
    return watched;
  try {
    if constexpr (Policy::own_bucket_first) {
      std::size_t own = hash & (noldbuckets_ - 1);
      if (!evacuated(own))
        evacuate(own, watched);
    }
    due_ = 0;
    for (std::size_t i = 0; i != batch && phase_ == phase::migrating; ++i)
      move_next(watched);
  } catch (...) {
    ++postponed_;
  }
  return watched;
}

RETSAN_MAP_TEMPLATE
auto RETSAN_MAP_CLASS::advance(size_type n) -> size_type {
  position nothing;
  for (; n != 0 && phase_ == phase::migrating && !held_up(); --n)
    move_next(nothing);
  return phase_ == phase::migrating ? noldbuckets_ - nevacuate_ : 0;
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::evacuate(std::size_t old_index, position &watched) {
  constexpr way plain = Policy::moved_by == transfer::copy && copyable
                            ? way::copy
                        : nothrow_moves ? way::move
                                        : way::copy;
  constexpr way full = copyable ? way::copy : way::move;
  constexpr way keys = std::is_nothrow_move_constructible_v<T> &&
                               std::is_copy_constructible_v<Key>
                           ? way::copy_key
                           : full;
  bucket *from = oldbuckets_ + old_index;
  if constexpr (Policy::cleared == clearing::never) {
    transfer_bucket<full>(old_index, watched);
    leave_bucket(from, true, false);
  } else {
    bool keep_pairs = Policy::cleared == clearing::unless_iterated &&
                      old_iterated_.load(std::memory_order_relaxed);
    bool keep_keys = !keep_pairs && is_pinned(oldbuckets_);
    bool done = !keep_pairs && !keep_keys && transfer_plain(old_index, watched);
    if (!done) {
      if (keep_pairs)
        transfer_bucket<full>(old_index, watched);
      else if (keep_keys)
        transfer_bucket<keys>(old_index, watched);
      else
        transfer_bucket<plain>(old_index, watched);
      leave_bucket(from, keep_pairs, keep_keys);
    }
  }
  if constexpr (requires { observer_.bucket_evacuated(describe(), old_index); })
    observer_.bucket_evacuated(describe(), old_index);
  if (old_index == nevacuate_)
    advance_mark();
}

/// The usual case, four buckets of five at the largest load: no overflow
/// bucket, so none is needed, and entries that are bytes, so nothing can fail
/// or be left behind. False, and nothing has happened, where this is not so.
RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::transfer_plain(std::size_t old_index,
                                      position watched) noexcept {
  if constexpr (!plain_entries) {
    return false;
  } else {
    using namespace map_detail;
    bucket *from = oldbuckets_ + old_index;
    if (from->overflow != nullptr || watched.in == from)
      return false;
    std::size_t distance = (mask_ + 1) & ~noldbuckets_ ? noldbuckets_ : 0;
    bucket *to[2] = {buckets_ + old_index, buckets_ + old_index + distance};
    unsigned used[2] = {0, 0};
    if constexpr (recycles) {
      to[0]->make_empty();
      to[1]->make_empty();
    }
    for (unsigned full = from->full_slots(); full != 0; full &= full - 1) {
      unsigned i = static_cast<unsigned>(std::countr_zero(full));
      auto &old_slot = from->slots[i];
      unsigned up = (hash_of(old_slot.value.first) & distance) != 0;
      unsigned at = used[up]++;
      std::memcpy(static_cast<void *>(&to[up]->slots[at]), &old_slot,
                  sizeof(old_slot));
      to[up]->tophash[at] = from->tophash[i];
    }
    if constexpr (!in_order)
      std::memset(from->tophash, evacuated_empty, sizeof(from->tophash));
    return true;
  }
}

/// Brings the entries of an old bucket to the new array. On return they are in
/// both places: what is left in the old one is marked, and what it is worth
/// depends on Way.
RETSAN_MAP_TEMPLATE
template <typename RETSAN_MAP_CLASS::way Way>
void RETSAN_MAP_CLASS::transfer_bucket(std::size_t old_index,
                                       position &watched) {
  using namespace map_detail;
  constexpr bool bytes =
      std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<T>;
  bucket *from = oldbuckets_ + old_index;
  bool doubling = mask_ + 1 != noldbuckets_;
  bucket *start[2] = {buckets_ + old_index,
                      doubling ? buckets_ + old_index + noldbuckets_ : nullptr};
  position to[2] = {{start[0], 0}, {start[1], 0}};
  position watched_now = watched;
  if constexpr (recycles)
    for (bucket *b : start)
      if (b != nullptr)
        b->make_empty();
  try {
    for (bucket *b = from; b != nullptr; b = b->overflow) {
      for (unsigned full = b->full_slots(); full != 0; full &= full - 1) {
        unsigned i = static_cast<unsigned>(std::countr_zero(full));
        auto &old_slot = b->slots[i];
        bool up =
            doubling && (hash_of(old_slot.value.first) & noldbuckets_) != 0;
        position &p = to[up];
        if (p.index == slots_per_bucket) {
          // A move that was undone may have left an empty overflow bucket here.
          p = {p.in->overflow ? p.in->overflow : add_overflow(p.in, false), 0};
        }
        auto &new_slot = p.in->slots[p.index];
        if constexpr (bytes)
          std::memcpy(static_cast<void *>(&new_slot), &old_slot,
                      sizeof(new_slot));
        else if constexpr (Way == way::move)
          traits::construct(alloc_, &new_slot.value,
                            std::move(old_slot.movable.first),
                            std::move(old_slot.movable.second));
        else if constexpr (Way == way::copy_key)
          traits::construct(alloc_, &new_slot.value, old_slot.value.first,
                            std::move(old_slot.movable.second));
        else
          traits::construct(alloc_, &new_slot.value,
                            std::as_const(old_slot.value));
        if (watched.in == b && watched.index == i)
          watched_now = p;
        p.in->tophash[p.index++] = b->tophash[i];
        b->tophash[i] = up ? evacuated_y : evacuated_x;
      }
    }
  } catch (...) {
    undo_transfer(from, start[0], start[1], Way);
    throw;
  }
  watched = watched_now;
}

/// Brings back what a transfer that failed had brought to the new array.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::undo_transfer(bucket *from, bucket *x, bucket *y,
                                     way how) noexcept {
  using namespace map_detail;
  position to[2] = {{x, 0}, {y, 0}};
  for (bucket *b = from; b != nullptr; b = b->overflow)
    for (unsigned i = 0; i != slots_per_bucket; ++i) {
      std::uint8_t mark = b->tophash[i];
      if (mark != evacuated_x && mark != evacuated_y)
        continue;
      position &p = to[mark == evacuated_y];
      if (p.index == slots_per_bucket)
        p = {p.in->overflow, 0};
      auto &old_slot = b->slots[i];
      auto &new_slot = p.in->slots[p.index];
      if constexpr (nothrow_moves) {
        if (how == way::move) {
          traits::destroy(alloc_, &old_slot.value);
          traits::construct(alloc_, &old_slot.value,
                            std::move(new_slot.movable.first),
                            std::move(new_slot.movable.second));
        }
      }
      if constexpr (std::is_nothrow_move_constructible_v<T>) {
        if (how == way::copy_key) {
          std::destroy_at(&old_slot.value.second);
          std::construct_at(&old_slot.value.second,
                            std::move(new_slot.movable.second));
        }
      }
      traits::destroy(alloc_, &new_slot.value);
      b->tophash[i] = p.in->tophash[p.index];
      p.in->tophash[p.index++] = empty_rest;
    }
}

/// Makes of a bucket whose entries have moved what the policy wants of it.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::leave_bucket(bucket *from, bool keep_pairs,
                                    bool keep_keys) noexcept {
  using namespace map_detail;
  for (bucket *b = from; b != nullptr; b = b->overflow)
    for (unsigned i = 0; i != slots_per_bucket; ++i) {
      if (b->tophash[i] <= empty_one) {
        b->tophash[i] = evacuated_empty;
        continue;
      }
      if constexpr (!trivial_slots) {
        if (keep_keys)
          std::destroy_at(&b->slots[i].value.second);
        else if (!keep_pairs)
          traits::destroy(alloc_, &b->slots[i].value);
      }
      if (!keep_keys && !keep_pairs)
        b->tophash[i] = evacuated_empty;
    }
  keys_kept_ |= keep_keys;
  if (keep_keys || keep_pairs)
    return;
  for (bucket *b = from->overflow; b != nullptr;) {
    bucket *next = b->overflow;
    if (drop_node(b)) {
      if constexpr (requires {
                      observer_.old_released(describe(), sizeof(node));
                    })
        observer_.old_released(describe(), sizeof(node));
    }
    b = next;
  }
  from->overflow = nullptr;
}

RETSAN_MAP_TEMPLATE
migration RETSAN_MAP_CLASS::describe() const {
  migration m;
  m.type = "retsan::incremental_map";
  m.map = this;
  m.old_array = oldbuckets_;
  m.old_bytes = noldbuckets_ != 0
                    ? block_bytes(noldbuckets_) + old_node_count_ * sizeof(node)
                    : 0;
  m.done = nevacuate_;
  m.total = noldbuckets_;
  return m;
}

RETSAN_MAP_TEMPLATE
migration RETSAN_MAP_CLASS::describe(const bucket *array,
                                     const header &h) const {
  migration m = describe();
  m.old_array = array;
  m.old_bytes = h.bytes;
  m.done = m.total = h.buckets;
  return m;
}

} // namespace retsan

#undef RETSAN_MAP_TEMPLATE
#undef RETSAN_MAP_CLASS

#endif
