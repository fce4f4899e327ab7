/*===- plugin.c - an instrumented module that comes and goes ----------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Loaded and unloaded by misc.cpp: a heap record whose life spans the module's
 *calls.
 *===------------------------------------------------------------------------===*/

#include "instrument.h"

struct job {
  int done;
  void *input;
};

FIELD(Input, 41, job, input, RETSAN_ROLE_SUSPECT, 0);
FIELD(Done, 42, job, done, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);
static const struct retsan_field_v1 *const Fields[] = {&Input, &Done};
static const struct retsan_atom_v1 IsDone[] = {{42, 1, RETSAN_ATOM_EQ, 0}};
static const struct retsan_state_v1 States[] = {
    {41, "stale-input", IsDone, 1, 0}};
#ifndef FINDINGS_ID
#define FINDINGS_ID "f00d"
#endif
MODULE(FINDINGS_ID, Fields, States)
__attribute__((destructor)) static void unregisterModule(void) {
  __retsan_unregister_v1(&TheModule);
}

struct job *volatile TheJob;

static NOINLINE void begin(struct job *J) {
  STORE(Input, J->input, malloc(600));
}
static NOINLINE void finish(struct job *J) { PHASE(Done, J->done, 1); }
static NOINLINE void drop(struct job *J) { STORE(Input, J->input, NULL); }

void *allocateInPlugin(size_t Size);
NOINLINE void *allocateInPlugin(size_t Size) {
  void *volatile P = malloc(Size); /* no tail call: the frame is wanted */
  return P;
}

void runPlugin(int Step);
void runPlugin(int Step) {
  if (Step == 0) {
    TheJob = calloc(1, sizeof *TheJob);
    begin(TheJob);
    finish(TheJob);
  } else {
    drop(TheJob);
  }
}
