/*===- hooks.c - what one hook costs ----------------------------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Calls hooks as instrumented code would, on registered slots that are in no
 * finding's state, in one thread and in several at once, and prints nanoseconds
 * of processor time a hook. Arguments: millions of hooks, threads (0: none but
 * the first), slots for each thread.
 *===------------------------------------------------------------------------===*/

#include "../../runtime/test/programs/instrument.h"

#include <pthread.h>
#include <time.h>

struct table {
  int growing;
  void *old;
};

FIELD(Old, 1, table, old, RETSAN_ROLE_SUSPECT, 0);
FIELD(Growing, 2, table, growing, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);
static const struct retsan_field_v1 *const Fields[] = {&Old, &Growing};
static const struct retsan_atom_v1 NotGrowing[] = {{2, 0, RETSAN_ATOM_EQ, 0}};
static const struct retsan_state_v1 States[] = {{1, "old", NotGrowing, 1, 0}};
MODULE("bench", Fields, States)

static long Hooks;
static unsigned Slots;

static double seconds(void) {
  struct timespec T;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &T);
  return (double)T.tv_sec + (double)T.tv_nsec * 1e-9;
}

typedef void Action(struct table *T, void *Value);
static NOINLINE void use(struct table *T, void *V) {
  (void)V;
  (void)USE(Old, T->old);
}
static NOINLINE void test(struct table *T, void *V) {
  (void)V;
  (void)TEST(Old, T->old);
}
static NOINLINE void store(struct table *T, void *V) { STORE(Old, T->old, V); }
static NOINLINE void phase(struct table *T, void *V) {
  (void)V;
  PHASE(Growing, T->growing, 1);
}

static Action *TheAction;

static void *work(void *Unused) {
  struct table **Tables = malloc(Slots * sizeof *Tables);
  void *Targets[2] = {malloc(64), malloc(64)};
  for (unsigned I = 0; I != Slots; ++I) {
    Tables[I] = calloc(1, sizeof **Tables);
    Tables[I]->growing = 1;
    STORE(Old, Tables[I]->old, Targets[0]);
  }
  double *Result = malloc(sizeof *Result);
  double Begun = seconds();
  unsigned At = 0;
  for (long N = 0; N != Hooks; ++N) {
    TheAction(Tables[At], Targets[N & 1]);
    if (++At == Slots)
      At = 0;
  }
  *Result = (seconds() - Begun) / (double)Hooks * 1e9;
  return (void)Unused, Result;
}

int main(int Argc, char **Argv) {
  Hooks = (Argc > 1 ? atol(Argv[1]) : 10) * 1000000;
  unsigned Threads = Argc > 2 ? (unsigned)atoi(Argv[2]) : 1;
  Slots = Argc > 3 ? (unsigned)atoi(Argv[3]) : 16;
  static const struct {
    const char *Name;
    Action *Run;
  } Actions[] = {
      {"use", use}, {"test", test}, {"store", store}, {"phase", phase}};
  for (unsigned A = 0; A != 4; ++A) {
    TheAction = Actions[A].Run;
    if (Threads == 0) {
      double *Result = work(NULL);
      printf("%-6s %6.1f ns a hook\n", Actions[A].Name, *Result);
      continue;
    }
    pthread_t T[64];
    double Sum = 0;
    for (unsigned I = 0; I != Threads && I != 64; ++I)
      pthread_create(&T[I], NULL, work, NULL);
    for (unsigned I = 0; I != Threads && I != 64; ++I) {
      void *Result;
      pthread_join(T[I], &Result);
      Sum += *(double *)Result;
    }
    printf("%-6s %6.1f ns a hook\n", Actions[A].Name, Sum / Threads);
  }
  return 0;
}
