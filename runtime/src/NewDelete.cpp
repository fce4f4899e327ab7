//===- NewDelete.cpp - operator new and delete ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Those of libstdc++ and libc++ come down to malloc, but jemalloc, tcmalloc and
// mimalloc bring their own, which do not: a program that is linked with one of
// them would have objects that nobody knows. Ours come down to malloc as well.
// They are weak, so that a program's own replace them, and as in the libraries
// the other forms then call those: only `operator new(size_t)` and `operator
// delete(void *)` do anything themselves. What fails is left to the next one,
// which calls the new handler and throws.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_STATIC

#include "Next.h"
#include "Runtime.h"

#include <malloc.h>
#include <stdlib.h>

#define RETSAN_OPERATOR extern "C" __attribute__((weak, visibility("default")))

/// Bound to this copy's, whatever stands for the name.
extern "C" __attribute__((visibility("hidden"))) void *retsanNew(size_t Size);

using NoThrow = const struct nothrow_t *;

/// \p Name of the next object in the loader's order has the last word.
template <typename Fn, typename... Args>
static void *failed(void *Found, Args... A) {
  if (Found)
    return reinterpret_cast<Fn>(Found)(A...);
  (retsan::Text() << "operator new: no memory").print();
  abort();
}

RETSAN_OPERATOR void *_Znwm(size_t Size) {
  void *P = malloc(Size);
  if (RETSAN_LIKELY(P != nullptr))
    return P;
  return failed<void *(*)(size_t)>(dlsym(RTLD_NEXT, "_Znwm"), Size);
}
RETSAN_OPERATOR void *_Znam(size_t Size) { return _Znwm(Size); }

/// A replaced operator new may throw, which only the library's form catches.
RETSAN_OPERATOR void *_ZnwmRKSt9nothrow_t(size_t Size, NoThrow N) {
  auto Library = RETSAN_NEXT(void *(*)(size_t, NoThrow), _ZnwmRKSt9nothrow_t);
  if (&_Znwm != &retsanNew && Library)
    return Library(Size, N);
  return malloc(Size);
}
RETSAN_OPERATOR void *_ZnamRKSt9nothrow_t(size_t Size, NoThrow N) {
  return _ZnwmRKSt9nothrow_t(Size, N);
}

RETSAN_OPERATOR void _ZdlPv(void *P) { free(P); }
RETSAN_OPERATOR void _ZdaPv(void *P) { _ZdlPv(P); }
RETSAN_OPERATOR void _ZdlPvm(void *P, size_t) { _ZdlPv(P); }
RETSAN_OPERATOR void _ZdaPvm(void *P, size_t) { _ZdaPv(P); }
RETSAN_OPERATOR void _ZdlPvRKSt9nothrow_t(void *P, NoThrow) { _ZdlPv(P); }
RETSAN_OPERATOR void _ZdaPvRKSt9nothrow_t(void *P, NoThrow) { _ZdaPv(P); }

//===----------------------------------------------------------------------===//
// With an alignment
//===----------------------------------------------------------------------===//

RETSAN_OPERATOR void *_ZnwmSt11align_val_t(size_t Size, size_t Alignment) {
  void *P = memalign(Alignment, Size);
  if (RETSAN_LIKELY(P != nullptr))
    return P;
  return failed<void *(*)(size_t, size_t)>(
      dlsym(RTLD_NEXT, "_ZnwmSt11align_val_t"), Size, Alignment);
}
RETSAN_OPERATOR void *_ZnamSt11align_val_t(size_t Size, size_t Alignment) {
  return _ZnwmSt11align_val_t(Size, Alignment);
}
RETSAN_OPERATOR void *
_ZnwmSt11align_val_tRKSt9nothrow_t(size_t Size, size_t Alignment, NoThrow) {
  return memalign(Alignment, Size);
}
RETSAN_OPERATOR void *
_ZnamSt11align_val_tRKSt9nothrow_t(size_t Size, size_t Alignment, NoThrow) {
  return memalign(Alignment, Size);
}

RETSAN_OPERATOR void _ZdlPvSt11align_val_t(void *P, size_t) { free(P); }
RETSAN_OPERATOR void _ZdaPvSt11align_val_t(void *P, size_t A) {
  _ZdlPvSt11align_val_t(P, A);
}
RETSAN_OPERATOR void _ZdlPvmSt11align_val_t(void *P, size_t, size_t A) {
  _ZdlPvSt11align_val_t(P, A);
}
RETSAN_OPERATOR void _ZdaPvmSt11align_val_t(void *P, size_t, size_t A) {
  _ZdaPvSt11align_val_t(P, A);
}
RETSAN_OPERATOR void _ZdlPvSt11align_val_tRKSt9nothrow_t(void *P, size_t A,
                                                         NoThrow) {
  _ZdlPvSt11align_val_t(P, A);
}
RETSAN_OPERATOR void _ZdaPvSt11align_val_tRKSt9nothrow_t(void *P, size_t A,
                                                         NoThrow) {
  _ZdaPvSt11align_val_t(P, A);
}

extern "C" __attribute__((alias("_Znwm"), visibility("hidden"))) void *
retsanNew(size_t);

#endif
