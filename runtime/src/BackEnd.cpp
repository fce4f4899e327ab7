//===- BackEnd.cpp - which allocator the program gets ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The choice falls in the program's first malloc, before libc knows the
// environment: the option `allocator` is read from the kernel's copy. Without
// address space for the allocator of our own, the program's is used (glibc's,
// or what it is linked with or preloads); a program that is linked statically
// has no other.
//
//===----------------------------------------------------------------------===//

#include "NextMalloc.h"
#include "Runtime.h"

#include <retsan/api.h>

namespace retsan {

#ifdef RETSAN_SANITIZER

/// The sanitizer's allocator stays (SanitizerHooks.cpp).
bool startBackEnd() {
  if (R.Heap.start(ShadowHeap::BackEnd::Hooks))
    return true;
  (Text() << "no address space beside the sanitizer's: nothing is tracked")
      .print();
  return false;
}

#else

/// The value of \p Name in \p Options, up to a separator; null if it is not
/// there.
static const char *optionValue(const char *Options, const char *Name) {
  const char *Found = nullptr;
  bool AtStart = true;
  for (const char *P = Options; P && *P; ++P) {
    size_t N = 0;
    while (Name[N] && P[N] == Name[N])
      ++N;
    if (AtStart && !Name[N] && P[N] == '=')
      Found = P + N + 1; // the last one wins
    AtStart = *P == ':' || *P == ' ' || *P == ',' || *P == '\n' || *P == '\t';
  }
  return Found;
}

static bool startsWith(const char *S, const char *Prefix) {
  while (*Prefix && *S == *Prefix)
    ++S, ++Prefix;
  return !*Prefix;
}

static bool wantsHooks() {
  const char *Choice = nullptr;
  if (&__retsan_default_options)
    Choice = optionValue(__retsan_default_options(), "allocator");
  bool Hooks = Choice && startsWith(Choice, "hooks");
  MapVector<char> Env;
  if (readFile("/proc/self/environ", Env) && Env.push(0) && Env.push(0)) {
    const char Name[] = "RETSAN_OPTIONS=";
    for (const char *P = Env.begin(); *P; P += stringLength(P) + 1)
      if (startsWith(P, Name))
        if (const char *Value = optionValue(P + sizeof Name - 1, "allocator"))
          Hooks = startsWith(Value, "hooks");
  }
  Env.release();
  return Hooks;
}

bool startBackEnd() {
  bool Hooks = wantsHooks(), HaveLibc = __libc_malloc != nullptr;
  if (Hooks && !HaveLibc) {
    (Text() << "allocator=hooks needs a program that is linked dynamically: "
               "the allocator is 'own'")
        .print();
    Hooks = false;
  }
  // With `own` too: what another allocator gave out goes back there.
  if (HaveLibc)
    Next.find();
  if (!Hooks && R.Heap.start(ShadowHeap::BackEnd::Own))
    return true;
  if (HaveLibc && R.Heap.start(ShadowHeap::BackEnd::Hooks)) {
    if (!Hooks)
      (Text() << "the address space is too small for the runtime's allocator "
                 "(ulimit -v, vm.overcommit_memory=2): allocator=hooks is used")
          .print();
    return true;
  }
  (Text() << "the address space is too small (ulimit -v, "
             "vm.overcommit_memory=2): nothing is tracked; raise the limit, or "
             "run the program without RetSan")
      .print();
  return false;
}

#endif

} // namespace retsan
