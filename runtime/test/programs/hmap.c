/*===- hmap.c - the life of one map's oldbuckets, in many ways --------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Each scenario (first argument) is one life of the field; the driver asserts
 *on the profile that it leaves.
 *===------------------------------------------------------------------------===*/

#include "instrument.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct hmap {
  int count;
  unsigned growing : 1;
  unsigned mode : 3;
  int state;
  void *buckets;
  void *oldbuckets;
  void *spare;
  void *ring[4];
};

FIELD(OldBuckets, 1, hmap, oldbuckets, RETSAN_ROLE_SUSPECT, 0);
FIELD(Spare, 2, hmap, spare, RETSAN_ROLE_SUSPECT, 0);
FIELD(State, 3, hmap, state, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);
FIELD(Ring, 5, hmap, ring, RETSAN_ROLE_SUSPECT, RETSAN_FIELD_ARRAY);
static const struct retsan_field_v1 Mode = {4,
                                            "hmap.mode",
                                            NULL,
                                            offsetof(struct hmap, count) + 4,
                                            4,
                                            sizeof(struct hmap),
                                            RETSAN_ROLE_PHASE,
                                            RETSAN_FIELD_BITFIELD,
                                            1,
                                            3,
                                            0};
static void *TheTable;
static int Moving;
GLOBAL_FIELD(TheTableField, 6, TheTable, RETSAN_ROLE_SUSPECT, 0);
GLOBAL_FIELD(MovingField, 7, Moving, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);

static const struct retsan_field_v1 *const Fields[] = {
    &OldBuckets, &Spare, &State, &Mode, &Ring, &TheTableField, &MovingField};
static const struct retsan_atom_v1 Idle[] = {{3, 0, RETSAN_ATOM_EQ, 0}};
static const struct retsan_atom_v1 Negative[] = {{3, 0, RETSAN_ATOM_LT, 0}};
static const struct retsan_atom_v1 Mode5[] = {{4, 5, RETSAN_ATOM_EQ, 0}};
static const struct retsan_atom_v1 NotMoving[] = {{7, 0, RETSAN_ATOM_EQ, 0}};
static const struct retsan_state_v1 States[] = {
    {1, "stale-oldbuckets", Idle, 1, 0},
    {2, "stale-spare", Idle, 1, 0},
    {1, "dangling-oldbuckets", NULL, 0, 1},
    {2, "negative-spare", Negative, 1, 0},
    {2, "mode-spare", Mode5, 1, 0},
    {5, "stale-ring", Idle, 1, 0},
    {6, "stale-table", NotMoving, 1, 0},
    {6, "dangling-table", NULL, 0, 1},
};
MODULE("f00d", Fields, States)

struct hmap *volatile TheMap; /* a root: not static, or the compiler drops it */

static NOINLINE struct hmap *makeMap(void) {
  struct hmap *M = calloc(1, sizeof *M);
  M->state = 1;
  M->buckets = malloc(100);
  return M;
}

static NOINLINE void grow(struct hmap *M, size_t Size) {
  STORE(OldBuckets, M->oldbuckets, M->buckets);
  M->buckets = malloc(Size);
  PHASE(State, M->state, 1);
}

static NOINLINE void useOld(struct hmap *M) {
  (void)*(volatile char *)USE(OldBuckets, M->oldbuckets);
}

static NOINLINE void finishGrowing(struct hmap *M) {
  PHASE(State, M->state, 0);
}

/* The clear comes after the phase write, in the same call: no quiescent state.
 */
static NOINLINE void finishGrowingWell(struct hmap *M) {
  PHASE(State, M->state, 0);
  free(RELEASE(OldBuckets, M->oldbuckets));
  STORE(OldBuckets, M->oldbuckets, NULL);
}

static NOINLINE void setPhase(struct hmap *M, int To) {
  PHASE(State, M->state, To);
}

/* As above by way of a helper; only enter and leave can tell. */
static NOINLINE void finishByHelper(struct hmap *M) {
  uint32_t Depth = __retsan_enter_v1();
  setPhase(M, 0);
  free(RELEASE(OldBuckets, M->oldbuckets));
  STORE(OldBuckets, M->oldbuckets, NULL);
  __retsan_leave_v1(Depth);
}

static NOINLINE void finishScoped(struct hmap *M) {
  uint32_t Depth = __retsan_enter_v1();
  setPhase(M, 0);
  __retsan_leave_v1(Depth);
}

static NOINLINE void release(void *P) {
  uint32_t Depth = __retsan_enter_v1();
  free(P);
  __retsan_leave_v1(Depth);
}

static NOINLINE void releaseAndClear(struct hmap *M) {
  uint32_t Depth = __retsan_enter_v1();
  release(RELEASE(OldBuckets, M->oldbuckets));
  STORE(OldBuckets, M->oldbuckets, NULL);
  __retsan_leave_v1(Depth);
}

static NOINLINE void freeOld(struct hmap *M) {
  free(RELEASE(OldBuckets, M->oldbuckets));
}

/* What grow of a map with the bug often does: give back, then overwrite. */
static NOINLINE void regrow(struct hmap *M) {
  free(RELEASE(OldBuckets, M->oldbuckets));
  STORE(OldBuckets, M->oldbuckets, M->buckets);
  M->buckets = malloc(64);
  PHASE(State, M->state, 1);
}

static NOINLINE void destroy(struct hmap *M) {
  free(RELEASE(OldBuckets, M->oldbuckets));
  free(M->buckets);
  free(M);
}

/* A library that was not compiled with the hooks. */
static NOINLINE int foreignUse(struct hmap *M) {
  return ((volatile char *)M->oldbuckets)[3];
}

static jmp_buf Back;

/* A map on the stack, as the passes announce it; 1: used while it is stale; 2:
 * left by longjmp. */
static NOINLINE void inLocal(int How) {
  struct hmap Local = {0};
  __retsan_local_v1(&Local, sizeof Local);
  Local.buckets = malloc(70);
  grow(&Local, 10);
  finishScoped(&Local);
  if (How == 1)
    useOld(&Local);
  if (How == 2)
    longjmp(Back, 1);
  __retsan_local_end_v1(&Local);
}

static int scenario(const char *Name) {
  struct hmap *M = TheMap = makeMap();
#define IS(S) (!strcmp(Name, S))
  if (IS("stale")) {
    free(M->buckets);
    M->buckets = malloc(4096);
    void **Child = M->buckets;
    *Child = malloc(1000);
    grow(M, 64);
    useOld(M);
    finishGrowing(M);
    return 0;
  }
  if (IS("tagged")) { /* the upper bits are the program's */
    uintptr_t P = (uintptr_t)malloc(50);
    for (uintptr_t Tag = 0; Tag != 3; ++Tag)
      STORE(OldBuckets, M->oldbuckets, (void *)(P | Tag << 56));
    free((void *)P);
    return 0;
  }
  if (IS("refuted")) {
    grow(M, 64);
    finishGrowing(M);
    useOld(M);
    return 0;
  }
  if (IS("clean")) {
    for (int I = 0; I != 3; ++I) {
      grow(M, 64);
      useOld(M);
      finishGrowingWell(M);
    }
    return 0;
  }
  if (IS("helper")) {
    grow(M, 64);
    useOld(M);
    finishByHelper(M);
    return 0;
  }
  if (IS("scoped-stale")) {
    for (int I = 0; I != 2; ++I) {
      grow(M, 64);
      useOld(M);
      finishScoped(M);
    }
    return 0;
  }
  if (IS("big-scoped-stale")) {
    free(M->buckets);
    M->buckets = malloc(4096);
    void **Child = M->buckets;
    *Child = malloc(1000);
    grow(M, 64);
    useOld(M);
    finishScoped(M);
    return 0;
  }
  if (IS("refuted-scoped")) {
    grow(M, 64);
    useOld(M);
    finishScoped(M);
    useOld(M);
    useOld(M);
    return 0;
  }
  if (IS("foreign-use")) {
    ((char *)M->buckets)[3] = 42;
    grow(M, 64);
    useOld(M);
    finishScoped(M);
    if (foreignUse(M) != 42 || foreignUse(M) != 42)
      return 1;
    finishScoped(M);
    return 0;
  }
  if (IS("rounds")) {
    for (int I = 0; I != 3; ++I) {
      grow(M, 64);
      useOld(M);
      finishScoped(M);
      useOld(M);
      setPhase(M, 1);
      if (M->oldbuckets && (uint64_t)M->oldbuckets >> 47)
        return 1;
      free(RELEASE(OldBuckets, M->oldbuckets));
    }
    return 0;
  }
  if (IS("freed-while-dead")) {
    grow(M, 64);
    finishScoped(M);
    free(RELEASE(OldBuckets, M->oldbuckets));
    STORE(OldBuckets, M->oldbuckets, NULL);
    return 0;
  }
  if (IS("segv")) {
    grow(M, 64);
    finishScoped(M);
    struct hmap *volatile None = NULL;
    return None->state;
  }
  if (IS("helper-free")) {
    grow(M, 64);
    releaseAndClear(M);
    return 0;
  }
  if (IS("overwritten")) {
    for (int I = 0; I != 3; ++I) {
      grow(M, 64);
      useOld(M);
      finishGrowing(M);
    }
    return 0;
  }
  if (IS("freed-at-overwrite")) {
    grow(M, 64);
    finishGrowing(M);
    regrow(M);
    return 0;
  }
  if (IS("dangling")) {
    grow(M, 64);
    useOld(M);
    freeOld(M);
    /* The memory is used again: the slot still dangles. */
    for (int I = 0; I != 10; ++I)
      M->spare = malloc(100);
    usleep(20000); /* the wall clock is a coarse one */
    return 0;
  }
  if (IS("destroyed")) {
    grow(M, 64);
    destroy(M);
    TheMap = NULL;
    return 0;
  }
  if (IS("owner-freed")) {
    grow(M, 64);
    finishGrowing(M);
    destroy(M);
    TheMap = NULL;
    return 0;
  }
  if (IS("not-exercised"))
    return 0;
  if (IS("moved")) {
    grow(M, 64);
    /* Growing the owner moves it; the slot's life goes on. */
    struct hmap *Big = realloc(M, 1 << 20);
    TheMap = Big;
    finishGrowing(Big);
    return Big == M;
  }
  if (IS("copied")) {
    grow(M, 64);
    struct hmap *Copy = malloc(sizeof *Copy);
    memcpy(Copy, M, sizeof *M);
    __retsan_copy_v1(SITE(State, RETSAN_SITE_COPY), Copy, M, sizeof *M);
    finishGrowing(Copy);
    TheMap = Copy;
    return 0;
  }
  if (IS("wiped")) {
    grow(M, 64);
    finishGrowing(M);
    memset(M, 0, sizeof *M);
    __retsan_wipe_v1(SITE(State, RETSAN_SITE_WIPE), M, sizeof *M);
    return 0;
  }
  if (IS("local-owner")) {
    inLocal(0);
    inLocal(1);
    return 0;
  }
  if (IS("local-at-exit")) {
    struct hmap Local = {0};
    __retsan_local_v1(&Local, sizeof Local);
    Local.buckets = malloc(1000);
    grow(&Local, 10);
    finishGrowing(&Local);
    exit(0);
  }
  if (IS("local-longjmp")) {
    if (!setjmp(Back))
      inLocal(2);
    inLocal(0);
    return 0;
  }
  if (IS("stack-owner")) {
    struct hmap Local = {0};
    STORE(OldBuckets, Local.oldbuckets, malloc(10));
    finishGrowing(&Local);
    return 0;
  }
  if (IS("shared")) {
    void **Root = malloc(800);
    void **Own1 = malloc(300), **Own2 = malloc(400), *Both = malloc(700);
    STORE(OldBuckets, M->oldbuckets, Own1);
    STORE(Spare, M->spare, Own2);
    Own1[0] = Both;
    Own2[0] = Both;
    Own2[1] = M->buckets; /* reachable from the map itself */
    free(Root);
    Root = Own1 = Own2 = NULL;
    Both = NULL;
    finishGrowing(M);
    return 0;
  }
  if (IS("stale-shared")) {
    STORE(OldBuckets, M->oldbuckets, M->buckets);
    finishGrowing(M);
    return 0;
  }
  if (IS("signed")) {
    STORE(Spare, M->spare, malloc(10));
    PHASE(State, M->state, -5);
    return 0;
  }
  if (IS("bitfield")) {
    STORE(Spare, M->spare, malloc(10));
    M->mode = 5;
    __retsan_phase_v1(SITE(Mode, RETSAN_SITE_PHASE), (char *)M + 4);
    return 0;
  }
  if (IS("array")) {
    for (int I = 0; I != 4; ++I) {
      void *P = malloc(100);
      M->ring[I] = P;
      __retsan_store_v1(SITE(Ring, RETSAN_SITE_STORE), M->ring, &M->ring[I], P);
    }
    finishGrowing(M);
    void *P = M->ring[2];
    __retsan_load_v1(SITE(Ring, RETSAN_SITE_USE), M->ring, &M->ring[2], P);
    return 0;
  }
  if (IS("global")) {
    PHASE(MovingField, Moving, 1);
    STORE(TheTableField, TheTable, malloc(5000));
    USE(TheTableField, TheTable);
    PHASE(MovingField, Moving, 0);
    return 0;
  }
  if (IS("global-dangling")) {
    PHASE(MovingField, Moving, 1);
    STORE(TheTableField, TheTable, malloc(5000));
    free(RELEASE(TheTableField, TheTable));
    return 0;
  }
  if (IS("tests-do-not-count")) {
    grow(M, 64);
    finishGrowing(M);
    if (TEST(OldBuckets, M->oldbuckets) == NULL)
      return 1;
    return 0;
  }
  if (IS("escape")) {
    grow(M, 64);
    finishGrowing(M);
    __retsan_escape_v1(SITE(OldBuckets, RETSAN_SITE_ESCAPE), &M->oldbuckets);
    return 0;
  }
  if (IS("refresh")) {
    grow(M, 64);
    finishGrowing(M);
    M->oldbuckets = NULL;
    __retsan_refresh_v1(SITE(OldBuckets, RETSAN_SITE_REFRESH), &M->oldbuckets);
    return 0;
  }
  if (IS("api")) {
    grow(M, 64);
    finishGrowing(M);
    size_t Before = RETSAN_CHECKPOINT();
    STORE(OldBuckets, M->oldbuckets, NULL);
    size_t After = RETSAN_CHECKPOINT();
    return !(Before == 100 && After == 0);
  }
  if (IS("quick")) {
    grow(M, 64);
    finishGrowing(M);
    _exit(7);
  }
  if (IS("abort")) {
    grow(M, 64);
    finishGrowing(M);
    signal(SIGABRT, SIG_DFL);
    abort();
  }
  if (IS("crash")) {
    grow(M, 64);
    finishGrowing(M);
    RETSAN_CHECKPOINT();
    raise(SIGKILL);
  }
  if (IS("exit")) {
    grow(M, 64);
    finishGrowing(M);
    exit(3);
  }
  if (IS("fork")) {
    grow(M, 64);
    finishGrowing(M);
    pid_t Child = fork();
    if (Child == 0) {
      /* The child's own map; what it inherited is the parent's to report. */
      struct hmap *Mine = makeMap();
      grow(Mine, 64);
      finishGrowing(Mine);
      TheMap = Mine;
      exit(0);
    }
    int Status;
    return waitpid(Child, &Status, 0) != Child || Status != 0;
  }
  if (IS("vfork")) {
    grow(M, 64);
    finishGrowing(M);
    pid_t Child = vfork();
    if (Child == 0)
      _exit(0);
    int Status;
    return waitpid(Child, &Status, 0) != Child || Status != 0;
  }
  if (IS("leftover")) {
    /* A record that is made where another was: its phase comes first. */
    M->oldbuckets = M->buckets; /* nobody was told */
    PHASE(State, M->state, 0);
    STORE(OldBuckets, M->oldbuckets, NULL);
    return 0;
  }
  if (IS("chunk")) {
    /* More records in one allocation than its list is searched for. */
    enum { Many = 20 };
    struct hmap *All = calloc(Many, sizeof *All);
    TheMap = All;
    for (int I = 0; I != Many; ++I) {
      All[I].state = 1;
      STORE(OldBuckets, All[I].oldbuckets, malloc(10));
    }
    for (int I = 0; I != Many; ++I) {
      TEST(OldBuckets, All[I].oldbuckets);
      finishGrowing(&All[I]);
    }
    for (int I = 0; I != Many; I += 2)
      STORE(OldBuckets, All[I].oldbuckets, NULL);
    return 0;
  }
  fprintf(stderr, "no scenario %s\n", Name);
  return 2;
}

int main(int Argc, char **Argv) { return scenario(Argc > 1 ? Argv[1] : ""); }
