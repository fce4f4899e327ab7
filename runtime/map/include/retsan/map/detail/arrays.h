//===- arrays.h - bucket arrays: where they come from, how they go
//---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   block: | header | 2^B buckets | tail of overflow buckets (Go's, if asked
//   for) |
//                    ^ buckets_, oldbuckets_
//
// Sizes follow from the number of buckets, so that freeing an array reads
// nothing of it. An array that iterators pin is *retired*: it leaves the map,
// hangs in its list so that a moved map can tell it its new owner, and the last
// iterator frees it.
//
// Part of incremental_map.h, which includes it at its end.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_ARRAYS_H
#define RETSAN_MAP_DETAIL_ARRAYS_H

#define RETSAN_MAP_TEMPLATE                                                    \
  template <class Key, class T, class Hash, class KeyEqual, class Allocator,   \
            class Policy, class Observer>
#define RETSAN_MAP_CLASS                                                       \
  incremental_map<Key, T, Hash, KeyEqual, Allocator, Policy, Observer>

namespace retsan {

RETSAN_MAP_TEMPLATE
std::size_t RETSAN_MAP_CLASS::tail_of(std::size_t buckets) {
  return Policy::overflow_tail && buckets >= 16 ? buckets / 16 : 0;
}

RETSAN_MAP_TEMPLATE
std::size_t RETSAN_MAP_CLASS::block_bytes(std::size_t buckets) {
  return header_bytes + (buckets + tail_of(buckets)) * sizeof(bucket);
}

RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::in_pages(std::size_t buckets) {
  if constexpr (may_page)
    return block_bytes(buckets) >= map_detail::page_threshold;
  else
    return false;
}

RETSAN_MAP_TEMPLATE
auto RETSAN_MAP_CLASS::header_of(bucket *array) -> header * {
  return std::launder(reinterpret_cast<header *>(
      reinterpret_cast<char *>(array) - header_bytes));
}

/// What std::allocator does, said directly: less to look through for a
/// debugger, and for an analyzer that asks whether an array is read or only
/// released.
RETSAN_MAP_TEMPLATE
void *RETSAN_MAP_CLASS::allocate_block(std::size_t bytes) {
  if constexpr (plain_allocator && alignof(bucket) <= default_alignment) {
    return ::operator new(bytes);
  } else {
    typename traits::template rebind_alloc<unit> units(alloc_);
    return std::allocator_traits<decltype(units)>::allocate(
        units, bytes / sizeof(unit));
  }
}

RETSAN_MAP_TEMPLATE
auto RETSAN_MAP_CLASS::allocate_array(std::size_t buckets) -> bucket * {
  if (buckets > max_size() / 2)
    throw std::length_error("retsan::incremental_map: too large");
  std::size_t bytes = block_bytes(buckets);
  bool pages = in_pages(buckets);
  char *block;
  if (pages) {
    block = static_cast<char *>(map_detail::map_pages(bytes));
  } else {
    block = static_cast<char *>(allocate_block(bytes));
  }
  auto *array = reinterpret_cast<bucket *>(block + header_bytes);
  if (!pages)
    for (std::size_t i = 0, n = buckets + tail_of(buckets); i != n; ++i)
      array[i].make_empty();
  if constexpr (pins_arrays)
    ::new (static_cast<void *>(block)) header(this, alloc_);
  return array;
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::free_array(Allocator &alloc, bucket *array,
                                  std::size_t buckets) {
  if constexpr (pins_arrays)
    header_of(array)->~header();
  char *block = reinterpret_cast<char *>(array) - header_bytes;
  if constexpr (may_page)
    if (in_pages(buckets)) {
      map_detail::unmap_pages(block, block_bytes(buckets));
      return;
    }
  if constexpr (plain_allocator && alignof(bucket) <= default_alignment) {
    ::operator delete(block);
  } else {
    typename traits::template rebind_alloc<unit> units(alloc);
    std::allocator_traits<decltype(units)>::deallocate(
        units, reinterpret_cast<unit *>(block),
        block_bytes(buckets) / sizeof(unit));
  }
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::free_node(Allocator &alloc, node *which) {
  if constexpr (may_page)
    if (which->from != nullptr) {
      map_detail::slab_release(which->from);
      return;
    }
  typename traits::template rebind_alloc<node> nodes(alloc);
  std::allocator_traits<decltype(nodes)>::deallocate(nodes, which, 1);
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::free_nodes(Allocator &alloc, node *list) {
  while (list != nullptr) {
    node *next = list->next;
    free_node(alloc, list);
    list = next;
  }
}

/// Destroys entries and what clearing left of moved ones, from bucket \p from
/// on, and marks all as empty for iterators that still look at them.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::destroy_slots(Allocator &alloc, bucket *array,
                                     std::size_t from, std::size_t buckets) {
  for (std::size_t i = from; i < buckets; ++i)
    for (bucket *b = array + i; b != nullptr; b = b->overflow) {
      for (unsigned s = 0; s != map_detail::slots_per_bucket; ++s) {
        std::uint8_t top = b->tophash[s];
        value_type *entry = position{b, s}.entry();
        if (top >= map_detail::min_tophash)
          traits::destroy(alloc, entry);
        else if (top == map_detail::evacuated_x ||
                 top == map_detail::evacuated_y) {
          if constexpr (Policy::cleared == clearing::always)
            std::destroy_at(const_cast<Key *>(&entry->first));
          else
            traits::destroy(alloc, entry);
        }
      }
      std::memset(b->tophash, 0, sizeof(b->tophash));
    }
}

RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::is_pinned(bucket *array) {
  if constexpr (pins_arrays)
    return header_of(array)->pins.load(std::memory_order_acquire) != 0;
  else
    return false;
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::lock_retired() const noexcept {
  while (retired_lock_.test_and_set(std::memory_order_acquire)) {
  }
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::unlock_retired() const noexcept {
  retired_lock_.clear(std::memory_order_release);
}

/// The map lets go of an array that iterators pin.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::retire(bucket *array, std::size_t buckets, node *nodes,
                              std::size_t bytes) noexcept {
  header *h = header_of(array);
  h->buckets = buckets;
  h->bytes = bytes;
  h->nodes = nodes;
  h->retired = true;
  lock_retired();
  h->next = retired_;
  if (retired_)
    retired_->prev = h;
  retired_ = h;
  unlock_retired();
}

/// One iterator less. The last one frees an array that the map has dropped.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::unpin(bucket *array) noexcept {
  header *h = header_of(array);
  if (h->pins.fetch_sub(1, std::memory_order_acq_rel) != 1 || !h->retired)
    return;
  if (const incremental_map *map = h->owner) {
    map->lock_retired();
    if (h->prev)
      h->prev->next = h->next;
    else
      map->retired_ = h->next;
    if (h->next)
      h->next->prev = h->prev;
    if (h->old)
      map->tell_released(array, *h);
    map->unlock_retired();
  }
  Allocator alloc = h->alloc;
  std::size_t buckets = h->buckets;
  node *nodes = h->nodes;
  if constexpr (!trivial_slots)
    if (!h->emptied)
      destroy_slots(alloc, array, 0, buckets);
  free_nodes(alloc, nodes);
  free_array(alloc, array, buckets);
}

/// For a map that dies, or forgets its arrays, with iterators out: they keep
/// the memory, with nothing in it.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::orphan_or_free(bucket *array, std::size_t buckets,
                                      node *nodes) noexcept {
  if (!is_pinned(array)) {
    free_nodes(alloc_, nodes);
    free_array(alloc_, array, buckets);
    return;
  }
  if constexpr (pins_arrays) {
    header *h = header_of(array);
    h->owner = nullptr;
    h->retired = true;
    h->emptied = true;
    h->buckets = buckets;
    h->nodes = nodes;
    h->next = h->prev = nullptr;
  }
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::install(unsigned bits) {
  buckets_ = allocate_array(std::size_t(1) << bits);
  bits_ = static_cast<std::uint8_t>(bits);
  mask_ = (std::size_t(1) << bits) - 1;
  update_limit();
}

/// Hangs an empty bucket behind \p last: from the array's tail, or a node.
RETSAN_MAP_TEMPLATE
auto RETSAN_MAP_CLASS::add_overflow(bucket *last, bool in_old) -> bucket * {
  bucket *array = buckets_;
  std::size_t buckets = mask_ + 1;
  if (in_old && phase_ == phase::migrating) {
    array = oldbuckets_;
    buckets = noldbuckets_;
  }
  std::size_t &used = in_old ? old_tail_used_ : tail_used_;
  bucket *fresh;
  if (used < tail_of(buckets)) {
    fresh = array + buckets + used++;
  } else {
    node *made = nullptr;
    map_detail::slab *from = nullptr;
    if constexpr (may_page)
      if (in_pages(buckets)) {
        map_detail::slab *&open = in_old ? old_slab_ : slab_;
        made = static_cast<node *>(
            map_detail::slab_take(open, sizeof(node), alignof(node)));
        from = open;
      }
    if (made == nullptr) {
      typename traits::template rebind_alloc<node> allocator(alloc_);
      made = std::allocator_traits<decltype(allocator)>::allocate(allocator, 1);
    }
    made->from = from;
    node *&list = in_old ? old_nodes_ : nodes_;
    made->body.make_empty();
    made->prev = nullptr;
    made->next = list;
    if (list)
      list->prev = made;
    list = made;
    ++(in_old ? old_node_count_ : node_count_);
    fresh = &made->body;
  }
  if (!in_old) {
    ++noverflow_;
    update_limit();
  }
  last->overflow = fresh;
  return fresh;
}

/// Frees an overflow bucket of the old array, unless it is of the array's tail.
RETSAN_MAP_TEMPLATE
bool RETSAN_MAP_CLASS::drop_node(bucket *which) noexcept {
  if (!std::less<>()(which, oldbuckets_) &&
      std::less<>()(which, oldbuckets_ + noldbuckets_ + tail_of(noldbuckets_)))
    return false;
  auto *dropped = reinterpret_cast<node *>(which);
  if (dropped->prev)
    dropped->prev->next = dropped->next;
  else
    old_nodes_ = dropped->next;
  if (dropped->next)
    dropped->next->prev = dropped->prev;
  --old_node_count_;
  free_node(alloc_, dropped);
  return true;
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::destroy_all() noexcept {
  empty_unfilled();
  if (oldbuckets_ != nullptr) {
    give_up_growth();
    phase_ = phase::releasing;
    std::size_t bytes =
        block_bytes(noldbuckets_) - dropped_ + old_node_count_ * sizeof(node);
    // A pinned array is emptied even where nothing needs destroying: whoever
    // walks it must not find entries of a map that is gone.
    if (!trivial_slots || is_pinned(oldbuckets_))
      destroy_slots(alloc_, oldbuckets_, nevacuate_of_old(), noldbuckets_);
    orphan_or_free(oldbuckets_, noldbuckets_, old_nodes_);
    map_detail::slab_release(old_slab_);
    // Pinned or not: it is no more the map's.
    if constexpr (requires { observer_.old_released(describe(), bytes); })
      observer_.old_released(describe(), bytes);
  }
  if (buckets_ != nullptr) {
    if (!trivial_slots || is_pinned(buckets_))
      destroy_slots(alloc_, buckets_, 0, mask_ + 1);
    orphan_or_free(buckets_, mask_ + 1, nodes_);
    map_detail::slab_release(slab_);
  }
  for (header *h = retired_; h != nullptr;) {
    header *next = h->next;
    auto *array =
        reinterpret_cast<bucket *>(reinterpret_cast<char *>(h) + header_bytes);
    destroy_slots(alloc_, array, 0, h->buckets);
    if (h->old)
      tell_released(array, *h);
    h->emptied = true;
    h->owner = nullptr;
    h->next = h->prev = nullptr;
    h = next;
  }
  retired_ = nullptr;
  forget_arrays();
}

/// The state of a map that never held anything.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::forget_arrays() noexcept {
  buckets_ = nullptr;
  oldbuckets_ = nullptr;
  mask_ = size_ = 0;
  bits_ = 0;
  phase_ = phase::stable;
  iterated_.store(false, std::memory_order_relaxed);
  old_iterated_.store(false, std::memory_order_relaxed);
  noldbuckets_ = nevacuate_ = dropped_ = due_ = limit_ = 0;
  keys_kept_ = false;
  noverflow_ = tail_used_ = old_tail_used_ = 0;
  nodes_ = old_nodes_ = nullptr;
  slab_ = old_slab_ = nullptr;
  node_count_ = old_node_count_ = 0;
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::adopt(incremental_map &fresh) noexcept {
  hash_ = fresh.hash_;
  equal_ = fresh.equal_;
  swap_arrays(fresh);
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::swap_arrays(incremental_map &other) noexcept {
  auto swap_flags = [](std::atomic<bool> &a, std::atomic<bool> &b) {
    bool was = a.load(std::memory_order_relaxed);
    a.store(b.load(std::memory_order_relaxed), std::memory_order_relaxed);
    b.store(was, std::memory_order_relaxed);
  };
  std::swap(buckets_, other.buckets_);
  std::swap(mask_, other.mask_);
  std::swap(size_, other.size_);
  std::swap(limit_, other.limit_);
  std::swap(phase_, other.phase_);
  std::swap(bits_, other.bits_);
  swap_flags(iterated_, other.iterated_);
  swap_flags(old_iterated_, other.old_iterated_);
  std::swap(oldbuckets_, other.oldbuckets_);
  std::swap(noldbuckets_, other.noldbuckets_);
  std::swap(nevacuate_, other.nevacuate_);
  std::swap(due_, other.due_);
  std::swap(keys_kept_, other.keys_kept_);
  std::swap(dropped_, other.dropped_);
  std::swap(noverflow_, other.noverflow_);
  std::swap(tail_used_, other.tail_used_);
  std::swap(old_tail_used_, other.old_tail_used_);
  std::swap(nodes_, other.nodes_);
  std::swap(old_nodes_, other.old_nodes_);
  std::swap(slab_, other.slab_);
  std::swap(old_slab_, other.old_slab_);
  std::swap(node_count_, other.node_count_);
  std::swap(old_node_count_, other.old_node_count_);
  std::swap(postponed_, other.postponed_);
  std::swap(retired_, other.retired_);
  own_arrays();
  other.own_arrays();
}

/// Tells all arrays whose they are, for the iterators that pin them.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::own_arrays() noexcept {
  if constexpr (pins_arrays) {
    if (buckets_)
      header_of(buckets_)->owner = this;
    if (oldbuckets_)
      header_of(oldbuckets_)->owner = this;
    for (header *h = retired_; h != nullptr; h = h->next)
      h->owner = this;
  }
}

/// Between unequal allocators: entry by entry. Basic guarantee.
RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::move_elements_from(incremental_map &other) {
  if (other.size_ == 0)
    return;
  install(bits_for(other.size_));
  try {
    other.for_each_position([&](position from) {
      auto &entry = from.in->slots[from.index].movable;
      std::size_t hash = hash_of(entry.first);
      position p = free_slot(hash);
      traits::construct(alloc_, &p.in->slots[p.index].value,
                        std::move(entry.first), std::move(entry.second));
      p.in->tophash[p.index] = map_detail::top_of(hash);
      ++size_;
    });
  } catch (...) {
    destroy_all();
    throw;
  }
  other.clear();
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::clear() noexcept {
  empty_unfilled();
  if (oldbuckets_ != nullptr) {
    give_up_growth();
    if constexpr (Policy::on_clear == resetting::drops_old) {
      phase_ = phase::releasing;
      if (!trivial_slots || is_pinned(oldbuckets_))
        destroy_slots(alloc_, oldbuckets_, nevacuate_of_old(), noldbuckets_);
      dispose_old();
    }
    phase_ = phase::stable;
  }
  if (buckets_ == nullptr)
    return;
  size_ = 0;
  noverflow_ = tail_used_ = 0;
  update_limit();
  std::size_t buckets = mask_ + 1;
  if (is_pinned(buckets_)) {
    // Walks end in the emptied array; the map begins anew.
    destroy_slots(alloc_, buckets_, 0, buckets);
    retire(buckets_, buckets, nodes_,
           block_bytes(buckets) + node_count_ * sizeof(node));
    buckets_ = nullptr;
    mask_ = 0;
    bits_ = 0;
  } else {
    if constexpr (!trivial_slots)
      destroy_slots(alloc_, buckets_, 0, buckets);
    for (std::size_t i = 0, n = buckets + tail_of(buckets); i != n; ++i)
      buckets_[i].make_empty();
    free_nodes(alloc_, nodes_);
  }
  map_detail::slab_release(std::exchange(slab_, nullptr));
  nodes_ = nullptr;
  node_count_ = 0;
}

RETSAN_MAP_TEMPLATE
void RETSAN_MAP_CLASS::rebuild(size_type n) {
  // Exclusive hold of the entries is given up only where nothing can throw.
  constexpr bool moves =
      nothrow_moves &&
      (!copyable || std::is_nothrow_invocable_v<const Hash &, const Key &>);
  incremental_map fresh(0, hash_, equal_, alloc_);
  fresh.install(bits_for(std::max(n, size_)));
  if constexpr (!moves) {
    for_each_position([&](position from) {
      fresh.append(hash_of(from.entry()->first), std::as_const(*from.entry()));
    });
  } else {
    // First a place for each entry, which may fail, then the entries
    // themselves. A place is a slot marked empty_one: nothing else makes these
    // in a new array.
    for_each_position([&](position from) {
      bucket *b = fresh.home(hash_of(from.entry()->first));
      for (;; b = b->overflow) {
        if (unsigned free = b->match(map_detail::empty_rest)) {
          b->tophash[std::countr_zero(free)] = map_detail::empty_one;
          return;
        }
        if (b->overflow == nullptr)
          fresh.add_overflow(b, false);
      }
    });
    try {
      for_each_position([&](position from) {
        auto &entry = from.in->slots[from.index].movable;
        std::size_t hash = hash_of(entry.first);
        position p = fresh.free_slot(hash);
        traits::construct(fresh.alloc_, &p.in->slots[p.index].value,
                          std::move(entry.first), std::move(entry.second));
        p.in->tophash[p.index] = map_detail::top_of(hash);
        ++fresh.size_;
      });
    } catch (...) {
      clear(); // Some entries have left: better none than some without value.
      throw;
    }
  }
  destroy_all();
  swap_arrays(fresh);
}

RETSAN_MAP_TEMPLATE
map_statistics RETSAN_MAP_CLASS::statistics() const noexcept {
  map_statistics s;
  s.size = size_;
  s.buckets = bucket_count();
  s.overflow_buckets = noverflow_;
  s.growing = growing();
  s.postponed = postponed_;
  if (buckets_ != nullptr)
    s.current_bytes = block_bytes(mask_ + 1) + node_count_ * sizeof(node);
  if (oldbuckets_ != nullptr)
    s.old_bytes =
        block_bytes(noldbuckets_) - dropped_ + old_node_count_ * sizeof(node);
  if (growing()) {
    s.old_buckets = noldbuckets_;
    s.evacuated_buckets = nevacuate_;
  }
  lock_retired();
  for (header *h = retired_; h != nullptr; h = h->next)
    s.pinned_bytes += h->bytes;
  unlock_retired();
  return s;
}

} // namespace retsan

#undef RETSAN_MAP_TEMPLATE
#undef RETSAN_MAP_CLASS

#endif
