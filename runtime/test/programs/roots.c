/*===- roots.c - globals and threads that hold memory -----------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * An ordinary program: mode `heap` says what each of its roots alone retains.
 *===------------------------------------------------------------------------===*/

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct node {
  struct node *next;
  char bytes[992];
};

struct node *TheList; /* ten nodes of 1000 bytes */
struct {
  long n;
  void *items[4];
} Table;     /* 5000 bytes, and 700 together with Index */
void *Index; /* 300 bytes */
static __thread void *OfThread;

static pthread_barrier_t Ready, Done;

__attribute__((noinline)) static void fill(void) {
  for (int I = 0; I != 10; ++I) {
    struct node *N = calloc(1, sizeof *N);
    N->next = TheList;
    TheList = N;
  }
  void *Both = calloc(1, 700);
  void **Own = calloc(1, 5000);
  Own[3] = Both;
  Table.items[2] = Own;
  void **Of = calloc(1, 300);
  Of[1] = Both;
  Index = Of;
}

static void *worker(void *Arg) {
  (void)Arg;
  prctl(PR_SET_NAME, "keeper");
  OfThread = calloc(1, 9000);
  pthread_barrier_wait(&Ready);
  pthread_barrier_wait(&Done);
  return OfThread;
}

/* Leaves no copies of the pointers on the stack. */
__attribute__((noinline)) static void scrub(void) {
  char Space[8192];
  memset(Space, 0, sizeof Space);
  __asm__ volatile("" ::"r"(Space) : "memory"); /* somebody reads it */
}

int main(void) {
  fill();
  scrub();
  pthread_barrier_init(&Ready, NULL, 2);
  pthread_barrier_init(&Done, NULL, 2);
  pthread_t T;
  if (pthread_create(&T, NULL, worker, NULL))
    return 1;
  pthread_barrier_wait(&Ready);
  exit(0); /* with the thread alive */
}
