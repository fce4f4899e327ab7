//===- Exec.cpp - the program becomes another one -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An exec that succeeds ends the program without any handler: the tables are
// written before, and the profile stays partial. All of the family is here,
// since within libc they do not call each other by names that can be
// interposed.
//
//===----------------------------------------------------------------------===//

#include "Next.h"
#include "Runtime.h"

#include <stdarg.h>
#include <unistd.h>

using namespace retsan;

using ExecPath = int (*)(const char *, char *const *, char *const *);
using ExecFile = int (*)(int, char *const *, char *const *);

/// Writes the tables, should another program follow. A child that only came to
/// exec something has no profile yet, and gets none.
static void beforeExec() {
  if (!running() || thread().Depth || currentPid() != R.Pid)
    return;
  RuntimeScope Scope;
  if (!R.Profile.isOpen())
    return;
  R.Fields.Mutex.lock();
  R.Fields.writeTables(R.Profile);
  R.Fields.Mutex.unlock();
}

RETSAN_EXPORT int RETSAN_INTERPOSE(execve)(const char *Path, char *const Argv[],
                                           char *const Env[]) {
  beforeExec();
  return RETSAN_NEXT(ExecPath, execve)(Path, Argv, Env);
}

RETSAN_EXPORT int RETSAN_INTERPOSE(execvpe)(const char *File,
                                            char *const Argv[],
                                            char *const Env[]) {
  beforeExec();
  return RETSAN_NEXT(ExecPath, execvpe)(File, Argv, Env);
}

RETSAN_EXPORT int RETSAN_INTERPOSE(fexecve)(int Fd, char *const Argv[],
                                            char *const Env[]) {
  beforeExec();
  return RETSAN_NEXT(ExecFile, fexecve)(Fd, Argv, Env);
}

RETSAN_EXPORT int RETSAN_INTERPOSE(execv)(const char *Path,
                                          char *const Argv[]) {
  return RETSAN_INTERPOSE(execve)(Path, Argv, environ);
}

RETSAN_EXPORT int RETSAN_INTERPOSE(execvp)(const char *File,
                                           char *const Argv[]) {
  return RETSAN_INTERPOSE(execvpe)(File, Argv, environ);
}

/// The arguments of execl and its kin, as an array on the caller's stack.
#define RETSAN_COLLECT_ARGUMENTS(First, Last)                                  \
  va_list List;                                                                \
  size_t Count = 1;                                                            \
  va_start(List, First);                                                       \
  while (va_arg(List, char *))                                                 \
    ++Count;                                                                   \
  va_end(List);                                                                \
  auto **Argv =                                                                \
      static_cast<char **>(__builtin_alloca((Count + 1) * sizeof(char *)));    \
  va_start(List, First);                                                       \
  Argv[0] = const_cast<char *>(First);                                         \
  for (size_t I = 1; I <= Count; ++I)                                          \
    Argv[I] = va_arg(List, char *);                                            \
  Last;                                                                        \
  va_end(List)

RETSAN_EXPORT int RETSAN_INTERPOSE(execl)(const char *Path, const char *Arg,
                                          ...) {
  RETSAN_COLLECT_ARGUMENTS(Arg, (void)0);
  return RETSAN_INTERPOSE(execve)(Path, Argv, environ);
}

RETSAN_EXPORT int RETSAN_INTERPOSE(execlp)(const char *File, const char *Arg,
                                           ...) {
  RETSAN_COLLECT_ARGUMENTS(Arg, (void)0);
  return RETSAN_INTERPOSE(execvpe)(File, Argv, environ);
}

RETSAN_EXPORT int RETSAN_INTERPOSE(execle)(const char *Path, const char *Arg,
                                           ...) {
  RETSAN_COLLECT_ARGUMENTS(Arg, char *const *Env = va_arg(List, char **));
  return RETSAN_INTERPOSE(execve)(Path, Argv, Env);
}
