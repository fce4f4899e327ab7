//===- Next.h - the function behind one of ours ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_NEXT_H
#define RETSAN_RUNTIME_NEXT_H

#include <dlfcn.h>

namespace retsan {

/// The definition of an interposed function that would be called without us.
template <typename Fn> Fn next(const char *Name) {
  return reinterpret_cast<Fn>(dlsym(RTLD_NEXT, Name));
}

} // namespace retsan

#endif
