/*===- overcommit.c - runs a program as if memory were not overcommitted ----===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * overcommit MB program arguments...
 *
 * With vm.overcommit_memory=2 the kernel refuses private memory that may be
 * written beyond what is left to commit, MAP_NORESERVE or not; memory without
 * access counts as none. That is a setting of the whole machine, so here a
 * filter of system calls refuses each single request of MB or more; MB is a
 * power of two.
 *===------------------------------------------------------------------------===*/

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOW(Arg) offsetof(struct seccomp_data, args[Arg])
#define LOAD(At) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (At))
#define IF(Op, Value, Yes, No) BPF_JUMP(BPF_JMP | Op | BPF_K, (Value), Yes, No)

int main(int Argc, char **Argv) {
  if (Argc < 3)
    return 2;
  unsigned Least = (unsigned)atoi(Argv[1]) << 20;
  struct sock_filter Filter[] = {
      LOAD(offsetof(struct seccomp_data, nr)),
      IF(BPF_JEQ, SYS_mprotect, 3, 0),
      IF(BPF_JEQ, SYS_mmap, 0, 8),
      LOAD(LOW(3)),
      IF(BPF_JSET, MAP_PRIVATE, 0, 6),
      LOAD(LOW(2)),
      IF(BPF_JSET, PROT_WRITE, 0, 4),
      LOAD(LOW(1) + 4), /* 4 GB and more */
      IF(BPF_JGT, 0, 3, 0),
      LOAD(LOW(1)),
      IF(BPF_JGE, Least, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
  };
  struct sock_fprog Program = {sizeof Filter / sizeof *Filter, Filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &Program)) {
    perror("overcommit");
    return 2;
  }
  /* It must refuse, or a test that passes says nothing. */
  if (mmap(NULL, Least, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED ||
      mmap(NULL, Least, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
          MAP_FAILED)
    return 3;
  execv(Argv[2], Argv + 2);
  perror(Argv[2]);
  return 2;
}
