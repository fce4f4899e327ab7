//===- Next.h - the function behind one of ours ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In a dynamic program a function of libc's is replaced by one of the same
// name, and the loader knows the next one. In a static program names are
// unique: the linker renames (--wrap), our function is __wrap_NAME and libc's
// __real_NAME.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_NEXT_H
#define RETSAN_RUNTIME_NEXT_H

#include "Sys.h"

#ifdef RETSAN_STATIC

/// Defines our function NAME; RETSAN_NEXT is the one behind it.
#define RETSAN_INTERPOSE(Name) __wrap_##Name
#define RETSAN_NEXT(Fn, Name) (reinterpret_cast<Fn>(&__real_##Name))

extern "C" {
#define RETSAN_DECLARE(Name) extern char __real_##Name
RETSAN_DECLARE(__libc_start_main);
RETSAN_DECLARE(exit);
RETSAN_DECLARE(quick_exit);
RETSAN_DECLARE(abort);
RETSAN_DECLARE(execve);
RETSAN_DECLARE(execvpe);
RETSAN_DECLARE(fexecve);
#undef RETSAN_DECLARE
}

#else

#include <dlfcn.h>

#define RETSAN_INTERPOSE(Name) Name
#define RETSAN_NEXT(Fn, Name) (reinterpret_cast<Fn>(dlsym(RTLD_NEXT, #Name)))

#endif

#endif
