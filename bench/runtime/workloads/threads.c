/*===- threads.c - malloc and free in several threads at once ---------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Each thread replaces random ones of its own objects. One object of so many
 * goes through a ring to the next thread, which frees it. Arguments: threads,
 * millions of pairs for each, of how many objects one is handed on (0: none).
 *===------------------------------------------------------------------------===*/

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { Slots = 4096, MaxThreads = 64 };
static void *Own[MaxThreads][Slots];
static void *Handed[MaxThreads][Slots];
static unsigned Threads;
static long Pairs;
static unsigned OneOf;

/* Free what lay at Place; P is there now. */
static void replace(void **Place, void *P) {
  if ((P = __atomic_exchange_n(Place, P, __ATOMIC_ACQ_REL)))
    free(P);
}

static void *work(void *Number) {
  unsigned Me = (unsigned)(uintptr_t)Number, Next = (Me + 1) % Threads;
  unsigned Given = 0, Taken = 0, UntilHanded = OneOf;
  uint64_t X = Me * 2 + 1;
  for (long N = 0; N != Pairs; ++N) {
    X = X * 6364136223846793005u + 1442695040888963407u;
    size_t Size = 16 + (X >> 30) % 240;
    char *P = malloc(Size);
    *P = (char)X;
    if (!UntilHanded || --UntilHanded) {
      replace(&Own[Me][(X >> 40) % Slots], P);
      continue;
    }
    UntilHanded = OneOf;
    /* What the next thread did not take in time is freed here. */
    replace(&Handed[Next][Given++ % Slots], P);
    void **Mine = &Handed[Me][Taken % Slots];
    if (__atomic_load_n(Mine, __ATOMIC_RELAXED)) {
      replace(Mine, NULL);
      ++Taken;
    }
  }
  return NULL;
}

int main(int Argc, char **Argv) {
  Threads = Argc > 1 ? (unsigned)atoi(Argv[1]) : 2;
  Pairs = (Argc > 2 ? atol(Argv[2]) : 5) * 1000000;
  OneOf = Argc > 3 ? (unsigned)atoi(Argv[3]) : 8;
  pthread_t T[MaxThreads];
  for (unsigned I = 0; I != Threads && I != MaxThreads; ++I)
    pthread_create(&T[I], NULL, work, (void *)(uintptr_t)I);
  for (unsigned I = 0; I != Threads && I != MaxThreads; ++I)
    pthread_join(T[I], NULL);
  printf("done\n");
  return 0;
}
