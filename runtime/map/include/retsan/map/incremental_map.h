//===- incremental_map.h - a hash map that grows a bucket at a time
//--------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Go's map (up to 1.23) as a C++ container: 2^B buckets of eight, overflow
// buckets, tophash bytes, and growth that leaves the old array in `oldbuckets_`
// while its buckets move to the new one. Whoever looks an entry up consults one
// of the two arrays, never both: its *home* is the old bucket until that has
// moved. Insertions go home too, so moving a bucket is never urgent, and a
// growth or a move that fails for want of memory is put off, not reported.
//
// What of the old array is kept, and for how long, is the Policy (policy.h).
// `phase_` gates every read of `oldbuckets_`: in phase stable its value means
// nothing. Look-up and change are in detail/access.h, the growth in
// detail/growth.h, memory in detail/arrays.h, the walk in detail/iterator.h.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_INCREMENTAL_MAP_H
#define RETSAN_MAP_INCREMENTAL_MAP_H

#include "retsan/map/detail/bucket.h"
#include "retsan/map/detail/iterator.h"
#include "retsan/map/detail/pages.h"
#include "retsan/map/observers.h"
#include "retsan/map/policy.h"
#include "retsan/map/statistics.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

namespace retsan {

template <class Key, class T, class Hash = std::hash<Key>,
          class KeyEqual = std::equal_to<Key>,
          class Allocator = std::allocator<std::pair<const Key, T>>,
          class Policy = policy::prompt, class Observer = null_observer>
class incremental_map {
  using bucket = map_detail::bucket<Key, T>;
  using node = map_detail::overflow_node<Key, T>;
  using position = map_detail::position<Key, T>;
  using header = map_detail::array_header<incremental_map>;
  friend header;

public:
  using key_type = Key;
  using mapped_type = T;
  using value_type = std::pair<const Key, T>;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using hasher = Hash;
  using key_equal = KeyEqual;
  using allocator_type = Allocator;
  using policy_type = Policy;
  using observer_type = Observer;
  using reference = value_type &;
  using const_reference = const value_type &;
  using pointer = value_type *;
  using const_pointer = const value_type *;
  using iterator = map_detail::basic_iterator<incremental_map, false>;
  using const_iterator = map_detail::basic_iterator<incremental_map, true>;

  static_assert(std::is_same_v<typename Allocator::value_type, value_type>,
                "the allocator's value_type is pair<const Key, T>");
  static_assert((std::is_nothrow_move_constructible_v<Key> &&
                 std::is_nothrow_move_constructible_v<T>) ||
                    (std::is_copy_constructible_v<Key> &&
                     std::is_copy_constructible_v<T>),
                "keys and values can be copied, or moved without throwing");

  //===-- Construction ----------------------------------------------------===//

  incremental_map() noexcept(
      std::is_nothrow_default_constructible_v<Hash> &&
      std::is_nothrow_default_constructible_v<KeyEqual> &&
      std::is_nothrow_default_constructible_v<Allocator>)
    requires std::is_default_constructible_v<Allocator>
  = default;
  /// Room for \p n entries without any growth.
  explicit incremental_map(size_type n, const Hash &hash = Hash(),
                           const KeyEqual &equal = KeyEqual(),
                           const Allocator &alloc = Allocator())
      : hash_(hash), equal_(equal), alloc_(alloc) {
    if (n != 0)
      install(bits_for(n));
  }
  explicit incremental_map(const Allocator &alloc) : alloc_(alloc) {}
  template <std::input_iterator It>
  incremental_map(It first, It last, size_type n = 0, const Hash &hash = Hash(),
                  const KeyEqual &equal = KeyEqual(),
                  const Allocator &alloc = Allocator())
      : incremental_map(n, hash, equal, alloc) {
    insert(first, last);
  }
  incremental_map(std::initializer_list<value_type> list, size_type n = 0,
                  const Hash &hash = Hash(), const KeyEqual &equal = KeyEqual(),
                  const Allocator &alloc = Allocator())
      : incremental_map(std::max(n, list.size()), hash, equal, alloc) {
    insert(list.begin(), list.end());
  }

  /// A copy is built to its size: it is never growing and holds no old array.
  incremental_map(const incremental_map &other)
      : incremental_map(other, traits::select_on_container_copy_construction(
                                   other.alloc_)) {}
  incremental_map(const incremental_map &other, const Allocator &alloc)
      : incremental_map(other.size_, other.hash_, other.equal_, alloc) {
    other.for_each_position([&](position from) {
      append(hash_of(from.entry()->first), std::as_const(*from.entry()));
    });
  }
  /// The arrays, the old one too, change hands; iterators follow them.
  incremental_map(incremental_map &&other) noexcept
      : hash_(other.hash_), equal_(other.equal_), alloc_(other.alloc_) {
    swap_arrays(other);
  }
  incremental_map(incremental_map &&other, const Allocator &alloc)
      : hash_(other.hash_), equal_(other.equal_), alloc_(alloc) {
    if (alloc_ == other.alloc_)
      swap_arrays(other);
    else
      move_elements_from(other);
  }
  ~incremental_map() { destroy_all(); }

  /// Strong guarantee.
  incremental_map &operator=(const incremental_map &other) {
    if (this == &other)
      return *this;
    constexpr bool propagate =
        traits::propagate_on_container_copy_assignment::value;
    incremental_map fresh(other, propagate ? other.alloc_ : alloc_);
    destroy_all();
    if constexpr (propagate)
      alloc_ = other.alloc_;
    adopt(fresh);
    return *this;
  }
  incremental_map &operator=(incremental_map &&other) noexcept(
      traits::is_always_equal::value ||
      traits::propagate_on_container_move_assignment::value) {
    if (this == &other)
      return *this;
    constexpr bool propagate =
        traits::propagate_on_container_move_assignment::value;
    if (propagate || alloc_ == other.alloc_) {
      destroy_all();
      if constexpr (propagate)
        alloc_ = other.alloc_;
      adopt(other);
    } else {
      incremental_map fresh(std::move(other), alloc_);
      destroy_all();
      adopt(fresh);
    }
    return *this;
  }
  incremental_map &operator=(std::initializer_list<value_type> list) {
    incremental_map fresh(list, 0, hash_, equal_, alloc_);
    destroy_all();
    adopt(fresh);
    return *this;
  }
  /// Iterators stay valid and belong to the other map. Observers do not change
  /// places. As the standard has it, unequal allocators that do not propagate
  /// are not allowed.
  void swap(incremental_map &other) noexcept {
    if constexpr (traits::propagate_on_container_swap::value)
      std::swap(alloc_, other.alloc_);
    std::swap(hash_, other.hash_);
    std::swap(equal_, other.equal_);
    swap_arrays(other);
  }
  friend void swap(incremental_map &a, incremental_map &b) noexcept {
    a.swap(b);
  }

  //===-- Size ------------------------------------------------------------===//

  size_type size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  size_type max_size() const noexcept {
    return std::numeric_limits<difference_type>::max() / sizeof(bucket);
  }
  size_type bucket_count() const noexcept { return buckets_ ? mask_ + 1 : 0; }
  /// Entries a bucket (a bucket has eight slots).
  float load_factor() const noexcept {
    return buckets_ ? static_cast<float>(size_) / static_cast<float>(mask_ + 1)
                    : 0.0f;
  }
  float max_load_factor() const noexcept { return 6.5f; }

  /// Makes room for \p n entries at once and leaves no growth pending.
  /// O(size()) if the array changes. Invalidates iterators. Strong guarantee,
  /// see rebuild().
  void reserve(size_type n) {
    if (growing() || !buckets_ || bits_for(n) > bits_)
      rebuild(n);
  }
  /// Moves everything into a new array with room for max(n, size()) entries:
  /// the usual workaround for what a map keeps. Invalidates iterators. Strong
  /// guarantee, unless entries can only be moved and Hash throws for a key it
  /// took before.
  void rebuild(size_type n = 0);
  /// The smallest array that holds what is here. As rebuild().
  void shrink_to_fit() {
    if (size_ == 0) {
      destroy_all();
      return;
    }
    if (growing() || oldbuckets_ != nullptr || bits_for(size_) < bits_)
      rebuild();
  }

  //===-- Growth and retention --------------------------------------------===//

  bool growing() const noexcept { return phase_ == phase::migrating; }
  /// Moves up to \p n old buckets and returns how many have not moved yet: the
  /// idle hook. Unlike the work that look-ups and writes do on the way, this
  /// reports exceptions; the bucket in question stays where it was.
  size_type advance(size_type n = 1);
  /// Bytes held beyond the current array: the old one and what iterators pin.
  size_type retained_bytes() const noexcept {
    map_statistics s = statistics();
    return s.old_bytes + s.pinned_bytes;
  }
  map_statistics statistics() const noexcept;

  //===-- Look-up ---------------------------------------------------------===//

  iterator find(const Key &key) { return found(key); }
  const_iterator find(const Key &key) const { return found(key); }
  bool contains(const Key &key) { return static_cast<bool>(looked_up(key)); }
  bool contains(const Key &key) const {
    return static_cast<bool>(looked_up(key));
  }
  size_type count(const Key &key) { return contains(key); }
  size_type count(const Key &key) const { return contains(key); }
  T &at(const Key &key) { return existing(looked_up(key)); }
  const T &at(const Key &key) const { return existing(looked_up(key)); }

  // The same for any type that a transparent hash and equality accept.
  template <class K>
    requires map_detail::transparent<Hash, KeyEqual>
  iterator find(const K &key) {
    return found(key);
  }
  template <class K>
    requires map_detail::transparent<Hash, KeyEqual>
  const_iterator find(const K &key) const {
    return found(key);
  }
  template <class K>
    requires map_detail::transparent<Hash, KeyEqual>
  bool contains(const K &key) {
    return static_cast<bool>(looked_up(key));
  }
  template <class K>
    requires map_detail::transparent<Hash, KeyEqual>
  bool contains(const K &key) const {
    return static_cast<bool>(looked_up(key));
  }
  template <class K>
    requires map_detail::transparent<Hash, KeyEqual>
  size_type count(const K &key) {
    return contains(key);
  }
  template <class K>
    requires map_detail::transparent<Hash, KeyEqual>
  size_type count(const K &key) const {
    return contains(key);
  }
  template <class K>
    requires map_detail::transparent<Hash, KeyEqual>
  T &at(const K &key) {
    return existing(looked_up(key));
  }
  template <class K>
    requires map_detail::transparent<Hash, KeyEqual>
  const T &at(const K &key) const {
    return existing(looked_up(key));
  }

  //===-- Change (strong guarantee for one element) -----------------------===//

  T &operator[](const Key &key) { return put(key).where().entry()->second; }
  T &operator[](Key &&key) {
    return put(std::move(key)).where().entry()->second;
  }

  std::pair<iterator, bool> insert(const value_type &v) {
    return result(put(v.first, v.second));
  }
  std::pair<iterator, bool> insert(value_type &&v) {
    return result(put(v.first, std::move(v.second)));
  }
  template <class P>
    requires(std::is_constructible_v<std::pair<Key, T>, P &&> &&
             !std::is_same_v<std::remove_cvref_t<P>, value_type>)
  std::pair<iterator, bool> insert(P &&v) {
    return emplace(std::forward<P>(v));
  }
  template <std::input_iterator It> void insert(It first, It last) {
    for (; first != last; ++first)
      insert(*first);
  }
  void insert(std::initializer_list<value_type> list) {
    insert(list.begin(), list.end());
  }
  /// For std::inserter and the like: there is nothing that a hint could tell.
  iterator insert(const_iterator, const value_type &v) {
    return insert(v).first;
  }
  iterator insert(const_iterator, value_type &&v) {
    return insert(std::move(v)).first;
  }
  template <class... Args>
  iterator emplace_hint(const_iterator, Args &&...args) {
    return emplace(std::forward<Args>(args)...).first;
  }
  /// Builds the pair first, as node-less maps do.
  template <class... Args> std::pair<iterator, bool> emplace(Args &&...args) {
    std::pair<Key, T> built(std::forward<Args>(args)...);
    return result(put(std::move(built.first), std::move(built.second)));
  }
  template <class... Args>
  std::pair<iterator, bool> try_emplace(const Key &key, Args &&...args) {
    return result(put(key, std::forward<Args>(args)...));
  }
  template <class... Args>
  std::pair<iterator, bool> try_emplace(Key &&key, Args &&...args) {
    return result(put(std::move(key), std::forward<Args>(args)...));
  }
  template <class M>
  std::pair<iterator, bool> insert_or_assign(const Key &key, M &&value) {
    return assign(key, std::forward<M>(value));
  }
  template <class M>
  std::pair<iterator, bool> insert_or_assign(Key &&key, M &&value) {
    return assign(std::move(key), std::forward<M>(value));
  }

  /// Never moves entries, so that an erasing loop keeps its iterators, whatever
  /// the policy. Throws only what Hash and KeyEqual throw.
  iterator erase(const_iterator where) { return erase_walking(where); }
  iterator erase(iterator where) { return erase_walking(where); }
  iterator erase(const_iterator first, const_iterator last) {
    iterator next(first, typename iterator::from_any());
    while (next != last)
      next = erase_walking(next);
    return next;
  }
  size_type erase(const Key &key) { return erase_key(key); }
  template <class K>
    requires(map_detail::transparent<Hash, KeyEqual> &&
             !std::is_convertible_v<const K &, iterator> &&
             !std::is_convertible_v<const K &, const_iterator>)
  size_type erase(const K &key) {
    return erase_key(key);
  }
  /// Destroys the entries and keeps the current array. The old one goes, unless
  /// the policy forgets it.
  void clear() noexcept;

  //===-- The rest --------------------------------------------------------===//

  iterator begin() {
    return iterator(this, typename iterator::from_the_start());
  }
  const_iterator begin() const {
    return const_iterator(this, typename const_iterator::from_the_start());
  }
  const_iterator cbegin() const { return begin(); }
  iterator end() noexcept { return iterator(); }
  const_iterator end() const noexcept { return const_iterator(); }
  const_iterator cend() const noexcept { return const_iterator(); }

  allocator_type get_allocator() const noexcept { return alloc_; }
  hasher hash_function() const { return hash_; }
  key_equal key_eq() const { return equal_; }
  Observer &observer() noexcept { return observer_; }
  const Observer &observer() const noexcept { return observer_; }

  friend bool operator==(const incremental_map &a, const incremental_map &b) {
    if (a.size_ != b.size_)
      return false;
    for (const value_type &entry : a) {
      position p = b.search(b.hash_of(entry.first), entry.first);
      if (!p || !(p.entry()->second == entry.second))
        return false;
    }
    return true;
  }

private:
  template <class Map, bool Const> friend class map_detail::basic_iterator;
  using traits = std::allocator_traits<Allocator>;

  enum class phase : std::uint8_t {
    stable,    ///< One array. oldbuckets_ is dead, whatever it holds.
    migrating, ///< Two arrays; buckets of the old one are moving.
    releasing  ///< Within a call: the old array goes.
  };

  static constexpr bool pins_arrays = Policy::iterators == pinning::array;
  static constexpr bool trivial_slots = std::is_trivially_destructible_v<Key> &&
                                        std::is_trivially_destructible_v<T>;
  static constexpr bool copyable =
      std::is_copy_constructible_v<Key> && std::is_copy_constructible_v<T>;
  static constexpr bool nothrow_moves =
      std::is_nothrow_move_constructible_v<Key> &&
      std::is_nothrow_move_constructible_v<T>;
  /// Whether keys can stay behind for iterators when values leave. Where they
  /// cannot, a live iterator holds growth up instead.
  static constexpr bool keys_can_stay =
      copyable || (std::is_copy_constructible_v<Key> &&
                   std::is_nothrow_move_constructible_v<T>);
  static constexpr bool drives_on_write = Policy::driven_by != drive::manual;
  /// Buckets that move in one go: a whole number of steps.
  static constexpr std::size_t batch =
      Policy::own_bucket_first || Policy::batch < Policy::step
          ? Policy::step
          : Policy::batch / Policy::step * Policy::step;
  /// Whether buckets move in order of their index only.
  static constexpr bool in_order = !Policy::own_bucket_first;
  /// Entries that are bytes, with a hash that cannot throw.
  static constexpr bool plain_entries =
      std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<T> &&
      std::is_nothrow_invocable_v<const Hash &, const Key &>;
  static constexpr bool drives_on_read = Policy::driven_by == drive::reads ||
                                         Policy::driven_by == drive::everything;

  // Arrays: detail/arrays.h.
  struct alignas(alignof(bucket)) unit {
    std::byte bytes[alignof(bucket)];
  };
  static constexpr std::size_t header_bytes =
      (sizeof(header) + alignof(bucket) - 1) / alignof(bucket) *
      alignof(bucket);
  static constexpr bool plain_allocator =
      std::is_same_v<Allocator, std::allocator<value_type>>;
  static constexpr std::size_t default_alignment =
      __STDCPP_DEFAULT_NEW_ALIGNMENT__;
  /// Whether large arrays own their pages.
  static constexpr bool may_page = Policy::stored_in == storage::pages &&
                                   plain_allocator &&
                                   alignof(bucket) <= map_detail::page_bytes;
  /// Whether pages of the old array become pages of the new one. Buckets of the
  /// new array that are not filled yet hold anything then.
  static constexpr bool recycles = Policy::recycles_pages && may_page &&
                                   plain_entries && in_order &&
                                   Policy::cleared == clearing::always &&
                                   Policy::released == releasing::in_chunks;
  static std::size_t tail_of(std::size_t buckets);
  static std::size_t block_bytes(std::size_t buckets);
  static bool in_pages(std::size_t buckets);
  void *allocate_block(std::size_t bytes);
  bucket *allocate_array(std::size_t buckets);
  static void free_array(Allocator &alloc, bucket *array, std::size_t buckets);
  static void free_node(Allocator &alloc, node *which);
  static void free_nodes(Allocator &alloc, node *list);
  static void destroy_slots(Allocator &alloc, bucket *array, std::size_t from,
                            std::size_t buckets);
  static header *header_of(bucket *array);
  static bool is_pinned(bucket *array);
  static void unpin(bucket *array) noexcept;
  void retire(bucket *array, std::size_t buckets, node *nodes,
              std::size_t bytes) noexcept;
  void orphan_or_free(bucket *array, std::size_t buckets, node *nodes) noexcept;
  void lock_retired() const noexcept;
  void unlock_retired() const noexcept;
  void install(unsigned bits);
  bucket *add_overflow(bucket *last, bool in_old);
  bool drop_node(bucket *which) noexcept;
  void destroy_all() noexcept;
  void forget_arrays() noexcept;
  std::size_t nevacuate_of_old() const noexcept;
  void adopt(incremental_map &fresh) noexcept;
  void swap_arrays(incremental_map &other) noexcept;
  void own_arrays() noexcept;
  void move_elements_from(incremental_map &other);

  // Growth: detail/growth.h.
  enum class way { move, copy, copy_key };
  static bool over_load(std::size_t entries, unsigned bits);
  static unsigned bits_for(std::size_t entries);
  bool needs_growth() const;
  void try_begin_growth();
  void begin_growth();
  void end_growth() noexcept;
  void dispose_old() noexcept;
  void release_chunks() noexcept;
  void update_limit() noexcept;
  bool filled(std::size_t index) const;
  void empty_unfilled() noexcept;
  void advance_mark() noexcept;
  bool evacuated(std::size_t old_index) const;
  bool held_up() const;
  position drive_step(std::size_t hash, position watched) noexcept;
  bool transfer_plain(std::size_t old_index, position watched) noexcept;
  void move_next(position &watched);
  void evacuate(std::size_t old_index, position &watched);
  template <way Way>
  void transfer_bucket(std::size_t old_index, position &watched);
  void undo_transfer(bucket *from, bucket *x, bucket *y, way how) noexcept;
  void leave_bucket(bucket *from, bool keep_pairs, bool keep_keys) noexcept;
  void give_up_growth() const noexcept;
  void tell_released(const bucket *array, const header &h) const noexcept;
  migration describe() const;
  migration describe(const bucket *array, const header &h) const;

  // Look-up and change: detail/access.h.
  template <class K> std::size_t hash_of(const K &key) const;
  bucket *home(std::size_t hash) const;
  bool home_is_old(std::size_t hash) const;
  template <class K> position search(std::size_t hash, const K &key) const;
  template <class K> position search_if_any(const K &key) const;
  template <class K> position looked_up(const K &key);
  template <class K> position looked_up(const K &key) const;
  template <class K> iterator found(const K &key) {
    return iterator(this, looked_up(key));
  }
  template <class K> const_iterator found(const K &key) const {
    return const_iterator(this, looked_up(key));
  }
  static T &existing(position p) {
    if (!p)
      throw std::out_of_range("retsan::incremental_map::at: no such key");
    return p.entry()->second;
  }
  /// Where an entry is and whether it is new, in two registers. A larger result
  /// goes through the stack, written in small pieces and read in one large one;
  /// the processor then waits for all stores before, among them the entry's
  /// own, which has missed the caches: a third of an insertion's time.
  struct placed {
    bucket *in;
    unsigned index;
    bool absent;
    position where() const { return {in, index}; }
  };
  std::pair<iterator, bool> result(placed r) {
    return {iterator(this, r.where()), r.absent};
  }
  position free_slot(std::size_t hash);
  template <class Pair> void append(std::size_t hash, Pair &&entry);
  void before_insertion();
  template <class K, class... Args> placed put(K &&key, Args &&...args);
  template <class K, class M>
  std::pair<iterator, bool> assign(K &&key, M &&value);
  template <class K> size_type erase_key(const K &key);
  template <class It> iterator erase_walking(const It &where);
  void erase_at(position p, bucket *head) noexcept;
  template <class Visitor> void for_each_position(Visitor visit) const;
  void drive_on(std::size_t hash, position &watched) noexcept;

  //===-- The map's state -------------------------------------------------===//

  bucket *buckets_ = nullptr; ///< 2^bits_ buckets; null before the first entry.
  std::size_t mask_ = 0;      ///< 2^bits_ - 1.
  std::size_t size_ = 0;
  /// From this size on an insertion looks whether a growth is due. 0 while one
  /// is under way or overflow buckets are many.
  std::size_t limit_ = 0;
  phase phase_ = phase::stable;
  std::uint8_t bits_ = 0; ///< Go's B.
  /// Sticky, Go's iterator and oldIterator: set by any begin().
  mutable std::atomic<bool> iterated_{false};
  mutable std::atomic<bool> old_iterated_{false};
  bucket *oldbuckets_ = nullptr; ///< Read only in phase migrating.
  std::size_t noldbuckets_ = 0;
  std::size_t nevacuate_ = 0; ///< All old buckets below have moved.
  std::size_t due_ = 0;       ///< Buckets that calls owe since the last batch.
  bool keys_kept_ = false;    ///< Old buckets that moved may hold keys.
  std::size_t dropped_ = 0;   ///< Bytes of the old block, after its first
                              ///< page, that were given back.
  std::size_t noverflow_ = 0; ///< Overflow buckets of the current array.
  std::size_t tail_used_ = 0; ///< Of the buckets preallocated behind it.
  std::size_t old_tail_used_ = 0;
  node *nodes_ = nullptr; ///< Overflow buckets beyond the tail.
  node *old_nodes_ = nullptr;
  map_detail::slab *slab_ =
      nullptr; ///< Where the next node comes from, if paged.
  map_detail::slab *old_slab_ = nullptr;
  std::size_t node_count_ = 0;
  std::size_t old_node_count_ = 0;
  std::size_t postponed_ = 0;
  mutable header *retired_ = nullptr; ///< Dropped arrays that iterators pin.
  mutable std::atomic_flag retired_lock_ = ATOMIC_FLAG_INIT;
  [[no_unique_address]] Hash hash_{};
  [[no_unique_address]] KeyEqual equal_{};
  [[no_unique_address]] Allocator alloc_{};
  [[no_unique_address]] mutable Observer observer_{};
};

/// Erases what \p predicate holds for and returns how many that were.
template <class K, class T, class H, class E, class A, class P, class O,
          class Predicate>
std::size_t erase_if(incremental_map<K, T, H, E, A, P, O> &map,
                     Predicate predicate) {
  std::size_t before = map.size();
  for (auto it = map.begin(), last = map.end(); it != last;) {
    if (predicate(*it))
      it = map.erase(it);
    else
      ++it;
  }
  return before - map.size();
}

} // namespace retsan

#include "retsan/map/detail/access.h"
#include "retsan/map/detail/arrays.h"
#include "retsan/map/detail/growth.h"

#endif
