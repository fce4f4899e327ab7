//===- gc_shim.cpp - bdwgc as the program's malloc ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linked with -Wl,--wrap for the C functions; frees are kept, so this is the
// collector as an allocator with marking beside it.
//
//===----------------------------------------------------------------------===//

#include <gc.h>
#include <new>

extern "C" {
void *__wrap_malloc(size_t Size) { return GC_malloc(Size); }
void *__wrap_calloc(size_t Count, size_t Size) {
  return GC_malloc(Count * Size);
}
void *__wrap_realloc(void *P, size_t Size) { return GC_realloc(P, Size); }
void __wrap_free(void *P) { GC_free(P); }
}

void *operator new(size_t Size) { return GC_malloc(Size); }
void *operator new[](size_t Size) { return GC_malloc(Size); }
void operator delete(void *P) noexcept { GC_free(P); }
void operator delete[](void *P) noexcept { GC_free(P); }
void operator delete(void *P, size_t) noexcept { GC_free(P); }
void operator delete[](void *P, size_t) noexcept { GC_free(P); }
