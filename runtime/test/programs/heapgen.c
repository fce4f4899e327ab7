/*===- heapgen.c - a random heap, marked by us or by LeakSanitizer ----------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Each seed makes one graph of allocations of distinct sizes, with roots in
 * globals, suspects in globals and suspects in heap records; a process makes
 * COUNT of them from the seed FIRST on (the arguments), one after the other.
 * Compiled with the hooks, a checkpoint says what the suspects retain. Compiled
 * with USE_LSAN, LeakSanitizer says what is lost as it is ("SEED before") and
 * with one set of suspects masked, another one with each seed ("SEED ID", "SEED
 * all"): names and reports on stderr.
 *===------------------------------------------------------------------------===*/

#include "instrument.h"

#include <stdint.h>
#include <sys/mman.h>

#ifdef USE_LSAN
#include <sanitizer/lsan_interface.h>
#endif

enum { MaxNodes = 400, MaxHolders = 60, NumRoots = 6, NumSuspects = 3 };

struct holder {
  long done;
  void *slot;
};

void *volatile Roots[NumRoots];
void *Suspect0, *Suspect1, *Suspect2;
int Done;

FIELD(Slot, 24, holder, slot, RETSAN_ROLE_SUSPECT, 0);
FIELD(HolderDone, 25, holder, done, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);
GLOBAL_FIELD(Field0, 20, Suspect0, RETSAN_ROLE_SUSPECT, 0);
GLOBAL_FIELD(Field1, 21, Suspect1, RETSAN_ROLE_SUSPECT, 0);
GLOBAL_FIELD(Field2, 22, Suspect2, RETSAN_ROLE_SUSPECT, 0);
GLOBAL_FIELD(DoneField, 23, Done, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);

#ifdef USE_LSAN
void __retsan_store_v1(const struct retsan_site_v1 *S, void *F, void **P,
                       void *V) {
  (void)S, (void)F, (void)P, (void)V;
}
void __retsan_phase_v1(const struct retsan_site_v1 *S, void *A) {
  (void)S, (void)A;
}
#else
static const struct retsan_field_v1 *const Fields[] = {
    &Slot, &HolderDone, &Field0, &Field1, &Field2, &DoneField};
static const struct retsan_atom_v1 GlobalDone[] = {{23, 1, RETSAN_ATOM_EQ, 0}};
static const struct retsan_atom_v1 ThisDone[] = {{25, 1, RETSAN_ATOM_EQ, 0}};
static const struct retsan_state_v1 States[] = {
    {20, "suspect0", GlobalDone, 1, 0},
    {21, "suspect1", GlobalDone, 1, 0},
    {22, "suspect2", GlobalDone, 1, 0},
    {24, "holder", ThisDone, 1, 0}};
MODULE("f00d", Fields, States)
#endif

/* Lies in memory of mmap, which neither takes for a root. */
static struct {
  uintptr_t Nodes[MaxNodes];
  size_t Sizes[MaxNodes];
  uintptr_t Holders[MaxHolders];
  unsigned NumNodes, NumHolders;
} *Plan;

static uint64_t State;

static unsigned pick(unsigned Below) {
  State = State * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)((State >> 33) % Below);
}

/* An address inside the node, its start more often than not. */
static void *into(unsigned Node) {
  size_t Offset = pick(3) ? 0 : pick((unsigned)Plan->Sizes[Node]);
  return (char *)Plan->Nodes[Node] + Offset;
}

static NOINLINE void build(void) {
  Plan->NumNodes = 20 + pick(MaxNodes - 20);
  unsigned Spread = 1 + pick(4);
  for (unsigned I = 0; I != Plan->NumNodes; ++I) {
    /* Sizes are distinct, so that a sum tells sets apart. */
    size_t Size =
        sizeof(struct holder) + 8 + I * 24 + (I % 50 == 7 ? 40000 : 0);
    Plan->Sizes[I] = Size;
    Plan->Nodes[I] = (uintptr_t)calloc(1, Size);
    if (pick(8) == 0)
      free(malloc(pick(2000))); /* holes */
  }
  for (unsigned I = 0; I != Plan->NumNodes; ++I) {
    void **Words = (void **)Plan->Nodes[I];
    unsigned Count = (unsigned)(Plan->Sizes[I] / 8);
    if (Plan->NumHolders != MaxHolders && pick(6) == 0) {
      struct holder *H = (struct holder *)Words;
      PHASE(HolderDone, H->done, 1);
      STORE(Slot, H->slot, into(pick(Plan->NumNodes)));
      Plan->Holders[Plan->NumHolders++] = (uintptr_t)H;
    }
    for (unsigned N = pick(Spread + 1); N; --N) {
      /* In this order: two compilers must draw the same numbers. */
      unsigned At = 2 + pick(Count - 2);
      Words[At] = into(pick(Plan->NumNodes));
    }
  }
  for (unsigned I = 0; I != NumRoots; ++I)
    Roots[I] = pick(3) ? into(pick(Plan->NumNodes)) : NULL;
  PHASE(DoneField, Done, 1);
  STORE(Field0, Suspect0, into(pick(Plan->NumNodes)));
  STORE(Field1, Suspect1, into(pick(Plan->NumNodes)));
  STORE(Field2, Suspect2, into(pick(Plan->NumNodes)));
}

#ifdef USE_LSAN
static void flip(void **Slot) { *Slot = (void *)~(uintptr_t)*Slot; }

static void mask(int Id) {
  void **const Globals[] = {&Suspect0, &Suspect1, &Suspect2};
  for (int I = 0; I != NumSuspects; ++I)
    if (Id == 20 + I || Id < 0)
      flip(Globals[I]);
  if (Id == 24 || Id < 0)
    for (unsigned I = 0; I != Plan->NumHolders; ++I)
      flip(&((struct holder *)Plan->Holders[I])->slot);
}

static void check(long Seed, const char *Name) {
  fprintf(stderr, "== %ld %s\n", Seed, Name);
  __lsan_do_recoverable_leak_check();
}

static void ask(long Seed) {
  static const struct {
    const char *Name;
    int Id;
  } Sets[] = {{"20", 20}, {"21", 21}, {"22", 22}, {"24", 24}, {"all", -1}};
  unsigned I = (unsigned long)Seed % COUNT(Sets);
  check(Seed, "before");
  mask(Sets[I].Id);
  check(Seed, Sets[I].Name);
  mask(Sets[I].Id);
}
#else
static void ask(long Seed) {
  (void)Seed;
  RETSAN_CHECKPOINT();
}
#endif

static NOINLINE void clear(void) {
  STORE(Field0, Suspect0, NULL);
  STORE(Field1, Suspect1, NULL);
  STORE(Field2, Suspect2, NULL);
  PHASE(DoneField, Done, 0);
  for (unsigned I = 0; I != NumRoots; ++I)
    Roots[I] = NULL;
  for (unsigned I = 0; I != Plan->NumNodes; ++I)
    free((void *)Plan->Nodes[I]);
  memset(Plan, 0, sizeof *Plan);
}

int main(int Argc, char **Argv) {
  long First = Argc > 1 ? atol(Argv[1]) : 0,
       Count = Argc > 2 ? atol(Argv[2]) : 1;
  Plan = mmap(NULL, sizeof *Plan, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (Plan == MAP_FAILED)
    return 1;
  for (long Seed = First; Seed != First + Count; ++Seed) {
    State = (uint64_t)Seed * 2654435761u + 12345;
    build();
    ask(Seed);
    clear();
  }
  /* No report of what is lost at the end, and nothing left to report. */
#ifdef USE_LSAN
  _Exit(0);
#else
  return 0;
#endif
}
