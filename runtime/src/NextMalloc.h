//===- NextMalloc.h - the allocator under the back end `hooks` ------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// glibc's by its __libc_ names, which need no look-up and so work in the very
// first call, or the one that the program would have had without us: the next
// `malloc` in the loader's order (jemalloc, tcmalloc, mimalloc). Those put
// allocations side by side, where glibc has a header between them: 16 bytes
// more are asked for, so that the granule of an allocation's end is its own.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_NEXTMALLOC_H
#define RETSAN_RUNTIME_NEXTMALLOC_H

#include "Sys.h"

extern "C" {
#define RETSAN_LIBC __attribute__((weak))
RETSAN_LIBC void *__libc_malloc(size_t);
RETSAN_LIBC void *__libc_calloc(size_t, size_t);
RETSAN_LIBC void *__libc_realloc(void *, size_t);
RETSAN_LIBC void *__libc_memalign(size_t, size_t);
RETSAN_LIBC void __libc_free(void *);
#undef RETSAN_LIBC
}

namespace retsan {

struct NextMalloc {
  void *(*Malloc)(size_t) = __libc_malloc;
  void *(*Calloc)(size_t, size_t) = __libc_calloc;
  void *(*Realloc)(void *, size_t) = __libc_realloc;
  void *(*Memalign)(size_t, size_t) = __libc_memalign;
  void (*Free)(void *) = __libc_free;
  size_t (*UsableSize)(void *) = nullptr; ///< Only of another than glibc's.
  size_t Extra = 0;                       ///< Bytes more at each request.

  bool isForeign() const { return UsableSize != nullptr; }
  /// Looks whether another allocator than glibc's is next.
  void find();
  /// Whether [\p Begin, \p End) holds that allocator's code or data: its own
  /// globals point at free memory, and are no roots.
  bool isPartOfIt(uint64_t Begin, uint64_t End) const;
};

extern NextMalloc Next __attribute__((visibility("hidden")));

} // namespace retsan

#endif
