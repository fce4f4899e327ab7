//===- NextMalloc.cpp - the allocator under the back end `hooks` ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See NextMalloc.h. dlsym allocates only when it fails, and what fails here
// leaves everything as it is.
//
//===----------------------------------------------------------------------===//

#include "NextMalloc.h"
#include "Next.h"
#include "Runtime.h"

namespace retsan {

constinit NextMalloc Next;

#ifdef RETSAN_STATIC

void NextMalloc::find() {}

#else

template <typename Fn> static bool lookUp(Fn &Place, const char *Name) {
  void *Found = dlsym(RTLD_NEXT, Name);
  if (Found)
    Place = reinterpret_cast<Fn>(Found);
  return Found != nullptr;
}

void NextMalloc::find() {
  NextMalloc Other;
  if (!lookUp(Other.Malloc, "malloc") || Other.Malloc == __libc_malloc)
    return;
  if (!lookUp(Other.Calloc, "calloc") || !lookUp(Other.Realloc, "realloc") ||
      !lookUp(Other.Memalign, "memalign") || !lookUp(Other.Free, "free") ||
      !lookUp(Other.UsableSize, "malloc_usable_size")) {
    (Text() << "the program's allocator lacks a function of malloc's family: "
               "glibc's is used instead")
        .print();
    return;
  }
  Other.Extra = 16;
  *this = Other;
}

#endif

bool NextMalloc::isPartOfIt(uint64_t Begin, uint64_t End) const {
  auto Code = reinterpret_cast<uint64_t>(Malloc);
  return isForeign() && Code >= Begin && Code < End;
}

} // namespace retsan
