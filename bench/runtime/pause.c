/*===- pause.c - how long a checkpoint stops the program --------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Arguments: threads, and megabytes of heap in objects of 64 bytes to 64 KB.
 * One thread of eight is busy now and then, the others wait. Takes five
 *checkpoints; what each stopped the program for is what the runtime says with
 *verbosity=1.
 *===------------------------------------------------------------------------===*/

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <retsan/api.h>

static volatile int Done;
static pthread_mutex_t Lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t Over = PTHREAD_COND_INITIALIZER;

static void *work(void *Number) {
  if ((uintptr_t)Number % 8 == 0) {
    while (!Done)
      usleep(1000);
    return NULL;
  }
  pthread_mutex_lock(&Lock);
  while (!Done)
    pthread_cond_wait(&Over, &Lock);
  pthread_mutex_unlock(&Lock);
  return NULL;
}

struct list {
  struct list *next;
  char rest[];
};
struct list *volatile All;

int main(int Argc, char **Argv) {
  unsigned Threads = Argc > 1 ? (unsigned)atoi(Argv[1]) : 200;
  size_t Bytes = (size_t)(Argc > 2 ? atoi(Argv[2]) : 0) << 20;
  pthread_t *T = calloc(Threads + 1, sizeof *T);
  pthread_attr_t Small;
  pthread_attr_init(&Small);
  pthread_attr_setstacksize(&Small, 65536);
  for (unsigned I = 0; I != Threads; ++I)
    if (pthread_create(&T[I], &Small, work, (void *)(uintptr_t)(I + 1)))
      return 1;
  for (size_t Sum = 0, Size = 64; Sum < Bytes; Sum += Size) {
    Size = Size >= 65536 ? 64 : Size * 2;
    struct list *L = malloc(Size);
    memset(L, 1, Size);
    L->next = All;
    All = L;
  }
  for (int I = 0; I != 5; ++I)
    if (retsan_checkpoint)
      retsan_checkpoint();
  pthread_mutex_lock(&Lock);
  Done = 1;
  pthread_cond_broadcast(&Over);
  pthread_mutex_unlock(&Lock);
  for (unsigned I = 0; I != Threads; ++I)
    pthread_join(T[I], NULL);
  printf("done\n");
  return 0;
}
