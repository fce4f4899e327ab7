//===- pages.h - memory that the kernel zeroes, and takes back in pieces
//---===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A private anonymous mapping costs microseconds at any size and its pages
// arrive one fault at a time, each cleared by the kernel; unmapping touched
// pages costs some 60 us a megabyte. So a growth maps the new array and, run by
// run, gives the pages of the old one back or moves them to where the new one
// will need them next, which costs a tenth of fresh ones. Either way the old
// place reads as zero: nobody may look there to learn whether a bucket has
// moved.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_PAGES_H
#define RETSAN_MAP_DETAIL_PAGES_H

#include <cstddef>
#include <exception>
#include <new>
#include <sys/mman.h>

namespace retsan::map_detail {

inline constexpr std::size_t page_bytes = 4096;

/// Arrays smaller than this come from the allocator in any case.
inline constexpr std::size_t page_threshold = 256 * 1024;

inline std::size_t round_to_pages(std::size_t bytes) {
  return (bytes + page_bytes - 1) & ~(page_bytes - 1);
}

/// Null if there is no memory.
inline void *try_map_pages(std::size_t bytes) noexcept {
  void *block = ::mmap(nullptr, round_to_pages(bytes), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return block == MAP_FAILED ? nullptr : block;
}

inline void *map_pages(std::size_t bytes) {
  if (void *block = try_map_pages(bytes))
    return block;
  throw std::bad_alloc();
}

inline void unmap_pages(void *block, std::size_t bytes) noexcept {
  ::munmap(block, round_to_pages(bytes));
}

/// Gives the pages [begin, end) of a block back; they read as zero from now on.
inline void discard_pages(void *block, std::size_t begin,
                          std::size_t end) noexcept {
  ::madvise(static_cast<char *>(block) + begin, end - begin, MADV_DONTNEED);
}

/// Brings the touched pages [begin, end) of a block to \p to, in the place of
/// pages there that nobody needs. They keep what they hold; where they were
/// reads as zero. If the kernel refuses (it has a limit of mappings, and older
/// ones than 5.7 cannot do it), they are given back, and \p to reads as zero.
inline void move_pages(void *block, std::size_t begin, std::size_t end,
                       void *to) noexcept {
  std::size_t bytes = end - begin;
  if (::mremap(static_cast<char *>(block) + begin, bytes, bytes,
               MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to) == to)
    return;
  discard_pages(block, begin, end);
  // The kernel may have taken the target away before it refused.
  if (::mmap(to, bytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
             0) != to)
    std::terminate(); // A hole in the new array: nothing sensible can follow.
}

/// Overflow buckets of arrays in pages come from slabs of this size, each of
/// which is unmapped when its last bucket goes. Freed into malloc's heap one by
/// one they would be given back by a single late call, which then takes
/// milliseconds.
inline constexpr std::size_t slab_bytes = 256 * 1024;

/// At the start of a slab.
struct slab {
  std::size_t live; ///< Pieces in use, and one more while the slab is open.
  std::size_t used; ///< Bytes handed out from the start, this header included.
};

inline void slab_release(slab *which) noexcept {
  if (which != nullptr && --which->live == 0)
    unmap_pages(which, slab_bytes);
}

/// \p bytes from the slab \p open, or from a new one in its place.
inline void *slab_take(slab *&open, std::size_t bytes, std::size_t alignment) {
  std::size_t at = open ? (open->used + alignment - 1) & ~(alignment - 1) : 0;
  if (open == nullptr || at + bytes > slab_bytes) {
    auto *fresh = ::new (map_pages(slab_bytes)) slab{1, sizeof(slab)};
    slab *full = open;
    open = fresh;
    slab_release(full);
    at = (sizeof(slab) + alignment - 1) & ~(alignment - 1);
  }
  ++open->live;
  open->used = at + bytes;
  return reinterpret_cast<char *>(open) + at;
}

} // namespace retsan::map_detail

#endif
