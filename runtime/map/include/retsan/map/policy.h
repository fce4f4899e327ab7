//===- policy.h - what an incremental map keeps, and for how long
//----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A policy is a type with the static members of `policy::prompt`. Make your own
// by deriving from a preset and hiding the members you want different:
//
//   struct patient : retsan::policy::prompt {
//     static constexpr auto driven_by = retsan::drive::manual;
//   };
//
// Nothing here costs anything at run time: every member is a constant.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_POLICY_H
#define RETSAN_MAP_POLICY_H

#include <cstddef>
#include <cstdint>

namespace retsan {

/// Which calls move a growth on.
enum class drive : std::uint8_t {
  manual, ///< Only advance(n). The old array stays until somebody calls it.
  writes, ///< Insertions and erasures, as in Go. A map that is only read from
          ///< now on keeps its old array for ever.
  reads,  ///< Writes, and look-ups through a map that is not const.
  everything ///< Const look-ups too: these are then no longer safe to call from
             ///< several threads at once.
};

/// What becomes of a bucket's old slots once its entries have moved.
enum class clearing : std::uint8_t {
  always, ///< Destroyed at once. While an iterator walks the array, the
          ///< keys (never the values) stay; they go when the array does.
  unless_iterated, ///< Go: after any begin(), the array's next growth leaves
                   ///< full copies behind, and erased values live on in them.
  never            ///< Full copies stay as long as the old array does.
};

/// When the memory of the old array goes.
enum class releasing : std::uint8_t {
  at_end,    ///< In one piece, when its last bucket has moved.
  in_chunks, ///< Page runs as soon as they are empty (arrays that own their
             ///< pages; any other as at_end).
  never      ///< The bug: the pointer stays, dead, until the next growth.
};

/// What clear() does with an old array.
enum class resetting : std::uint8_t {
  drops_old,  ///< Destroys its entries and frees it.
  forgets_old ///< The bug of chained maps: entries that had not moved yet stay
              ///< alive in an array that nothing reads any more.
};

/// What a live iterator from begin() holds on to.
enum class pinning : std::uint8_t {
  array, ///< The array of its birth: the walk goes on across growths.
  none   ///< Nothing: a call that may move entries invalidates iterators.
};

/// How values travel.
enum class transfer : std::uint8_t {
  move, ///< Moved, if that cannot throw; copied where a full copy stays behind.
  copy  ///< Always copied (move-only types are moved all the same).
};

/// Where bucket arrays come from.
enum class storage : std::uint8_t {
  allocator, ///< The container's allocator, always.
  pages ///< Large arrays straight from mmap, so that a growth need not touch
        ///< the new array at once. Only with std::allocator.
};

namespace policy {

/// The cure, and the default. Every non-const look-up, insertion and erasure
/// moves `step` buckets on (in batches), so that at most
/// ceil(old buckets / step) further such calls leave 0 bytes of the old array.
struct prompt {
  static constexpr drive driven_by = drive::reads;
  /// Go evacuates the bucket that a write is about before anything else.
  static constexpr bool own_bucket_first = false;
  /// Buckets, in order of their index, that one driving call moves.
  static constexpr std::size_t step = 16;
  /// Buckets that move in one go: calls in between only count what they owe.
  /// A batch costs less than its buckets one by one, since the processor can
  /// overlap the cache misses of the calls in between. A multiple of `step`
  /// (rounded down to one); unused with `own_bucket_first`.
  static constexpr std::size_t batch = 128;
  /// How far one call looks ahead for buckets that have moved out of order.
  static constexpr std::size_t scan_limit = 1024;
  static constexpr clearing cleared = clearing::always;
  static constexpr releasing released = releasing::in_chunks;
  static constexpr std::size_t chunk_bytes = 256 * 1024;
  /// Whether pages of the old array become pages of the new one (entries that
  /// are plain bytes only). Saves the kernel's clearing of half the new array.
  static constexpr bool recycles_pages = true;
  static constexpr resetting on_clear = resetting::drops_old;
  static constexpr pinning iterators = pinning::array;
  static constexpr transfer moved_by = transfer::move;
  static constexpr storage stored_in = storage::pages;
  /// Overflow buckets preallocated behind the array (one in 16), as in Go. They
  /// go with the array, all at once; without, overflow buckets go one by one.
  static constexpr bool overflow_tail = false;
  /// Whether an array of the same size replaces one with many overflow buckets.
  static constexpr bool same_size_growth = true;
  /// Whether an insertion learns by one comparison that it has nothing else to
  /// do. Go asks twice: is a growth under way, is one due?
  static constexpr bool one_check = true;
};

/// Short pauses first: look-ups never move anything, writes move a bucket each.
/// A map that is no longer written needs advance(n) from an idle hook.
struct low_latency : prompt {
  static constexpr drive driven_by = drive::writes;
  static constexpr std::size_t step = 1;
  static constexpr std::size_t batch = 8;
};

/// What Go's runtime does up to 1.23, retention included.
struct go_compatible {
  static constexpr drive driven_by = drive::writes;
  static constexpr bool own_bucket_first = true;
  static constexpr std::size_t step = 1;
  static constexpr std::size_t batch = 1;
  static constexpr std::size_t scan_limit = 1024;
  static constexpr clearing cleared = clearing::unless_iterated;
  static constexpr releasing released = releasing::at_end;
  static constexpr std::size_t chunk_bytes = 0;
  static constexpr bool recycles_pages = false;
  static constexpr resetting on_clear = resetting::drops_old;
  static constexpr pinning iterators = pinning::array;
  static constexpr transfer moved_by = transfer::move;
  static constexpr storage stored_in = storage::allocator;
  static constexpr bool overflow_tail = true;
  static constexpr bool same_size_growth = true;
  static constexpr bool one_check = false;
};

/// The bug that the well-known article describes and Go never had: the growth
/// ends and the old array stays, with a full copy of every entry it held.
struct ghost : go_compatible {
  static constexpr clearing cleared = clearing::never;
  static constexpr releasing released = releasing::never;
  static constexpr resetting on_clear = resetting::forgets_old;
  static constexpr pinning iterators = pinning::none;
  static constexpr transfer moved_by = transfer::copy;
};

} // namespace policy
} // namespace retsan

#endif
