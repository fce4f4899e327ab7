/*===- mark.c - how fast the heap is marked ---------------------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Arguments: tree, arrays or ghost, and megabytes. Builds one structure, has it
 * marked three times and prints processor seconds and wall seconds of the
 * fastest, bytes and objects:
 *   tree    64-byte nodes, allocated in order, linked at random, two pointers
 *   arrays  4 KB arrays of pointers to arrays
 *   ghost   as tree, but a hundredth of it hangs on a stale field (RetSan only)
 * Compiled with -DUSE_LSAN or -DUSE_GC it measures those instead.
 *===------------------------------------------------------------------------===*/

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#if defined(USE_LSAN)
#include <sanitizer/lsan_interface.h>
static void markHeap(void) { __lsan_do_recoverable_leak_check(); }
#elif defined(USE_GC)
#include <gc.h>
#define malloc GC_malloc
static void markHeap(void) { GC_gcollect(); }
#else
#include "../../runtime/test/programs/instrument.h"
static void markHeap(void) { RETSAN_CHECKPOINT(); }

struct holder {
  int done;
  void *part;
};
FIELD(PartField, 1, holder, part, RETSAN_ROLE_SUSPECT, 0);
FIELD(DoneField, 2, holder, done, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);
static const struct retsan_field_v1 *const Fields[] = {&PartField, &DoneField};
static const struct retsan_atom_v1 IsDone[] = {{2, 1, RETSAN_ATOM_EQ, 0}};
static const struct retsan_state_v1 States[] = {{1, "part", IsDone, 1, 0}};
MODULE("bench", Fields, States)
struct holder *Holder;
#endif

struct node {
  struct node *left, *right;
  uint64_t content[6];
};

void *volatile Root;
static uint64_t X = 88172645463325252u;

static uint64_t next(void) {
  X ^= X << 13;
  X ^= X >> 7;
  return X ^= X << 17;
}

static double seconds(void) {
  struct timespec T;
  clock_gettime(CLOCK_MONOTONIC, &T);
  return (double)T.tv_sec + (double)T.tv_nsec * 1e-9;
}

/* The tracer of LeakSanitizer is a process of its own. */
static double processorSeconds(void) {
  double Sum = 0;
  for (int Who = RUSAGE_CHILDREN; Who <= RUSAGE_SELF; ++Who) {
    struct rusage R;
    getrusage(Who, &R);
    Sum += (double)(R.ru_utime.tv_sec + R.ru_stime.tv_sec) +
           (double)(R.ru_utime.tv_usec + R.ru_stime.tv_usec) * 1e-6;
  }
  return Sum;
}

/* A complete binary tree over the shuffled nodes [From, To). */
static struct node *link(struct node **All, size_t From, size_t To) {
  for (size_t I = From; I != To; ++I) {
    size_t L = (I - From) * 2 + 1 + From, R = L + 1;
    All[I]->left = L < To ? All[L] : NULL;
    All[I]->right = R < To ? All[R] : NULL;
  }
  return All[From];
}

static size_t makeTree(size_t Bytes, int WithGhost) {
  size_t Count = Bytes / sizeof(struct node);
  struct node **All = malloc(Count * sizeof *All);
  for (size_t I = 0; I != Count; ++I) {
    All[I] = malloc(sizeof(struct node));
    memset(All[I], 0, sizeof(struct node));
  }
  for (size_t I = Count; I > 1; --I) {
    size_t J = next() % I;
    struct node *T = All[I - 1];
    All[I - 1] = All[J];
    All[J] = T;
  }
  size_t Rest = WithGhost ? Count - Count / 100 : Count;
  Root = link(All, 0, Rest);
#if !defined(USE_LSAN) && !defined(USE_GC)
  if (WithGhost) {
    Holder = calloc(1, sizeof *Holder);
    STORE(PartField, Holder->part, link(All, Rest, Count));
    PHASE(DoneField, Holder->done, 1);
  }
#endif
  memset(All, 0, Count * sizeof *All);
#ifndef USE_GC
  free(All);
#endif
  return Count;
}

static size_t makeArrays(size_t Bytes) {
  enum { Words = 512 };
  size_t Count = Bytes / (Words * sizeof(void *));
  void ***All = malloc(Count * sizeof *All);
  for (size_t I = 0; I != Count; ++I)
    All[I] = malloc(Words * sizeof(void *));
  for (size_t I = 0; I != Count; ++I)
    for (size_t W = 0; W != Words; ++W)
      All[I][W] = All[W ? next() % Count : (I + 1) % Count];
  Root = All[0];
  memset(All, 0, Count * sizeof *All);
#ifndef USE_GC
  free(All);
#endif
  return Count;
}

int main(int Argc, char **Argv) {
  const char *What = Argc > 1 ? Argv[1] : "tree";
  size_t Bytes = (size_t)(Argc > 2 ? atoi(Argv[2]) : 256) << 20;
  size_t Count = !strcmp(What, "arrays")
                     ? makeArrays(Bytes)
                     : makeTree(Bytes, !strcmp(What, "ghost"));
  double Best = 1e9, BestWall = 1e9;
  for (int Round = 0; Round != 3; ++Round) {
    double Begun = processorSeconds(), BegunWall = seconds();
    markHeap();
    double Took = processorSeconds() - Begun, Wall = seconds() - BegunWall;
    Best = Took < Best ? Took : Best;
    BestWall = Wall < BestWall ? Wall : BestWall;
  }
  printf("%.6f %.6f %zu %zu\n", Best, BestWall, Bytes, Count);
  return 0;
}
