/*===- modes.c - stamps, and fields that nobody suspects --------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * What modes `stamp` and `all` compile in, by hand: the mode is the second
 * argument.
 *===------------------------------------------------------------------------===*/

#include "instrument.h"

#include <sys/wait.h>
#include <unistd.h>

struct cache {
  void *hot;
  void *cold;
  void *unused;
};

FIELD(Hot, 51, cache, hot, RETSAN_ROLE_FIELD, RETSAN_FIELD_POINTER);
FIELD(Cold, 52, cache, cold, RETSAN_ROLE_FIELD, RETSAN_FIELD_POINTER);
FIELD(Unused, 53, cache, unused, RETSAN_ROLE_FIELD, RETSAN_FIELD_POINTER);
static const struct retsan_field_v1 *const Fields[] = {&Hot, &Cold, &Unused};
static struct retsan_module_v1 TheModule = {RETSAN_ABI_VERSION,
                                            RETSAN_MODE_ALL,
                                            "",
                                            __FILE__,
                                            Fields,
                                            NULL,
                                            COUNT(Fields),
                                            0};

static void stamp(void *P) {
  __retsan_stamps_v2.base[((uintptr_t)P & __retsan_stamps_v2.mask) >> 4] =
      (uint8_t)__retsan_stamps_v2.epoch;
}

#define HOLD(Field, Place, Value)                                              \
  do {                                                                         \
    (Place) = (Value);                                                         \
    stamp(Place);                                                              \
    __retsan_hold_v1(SITE(Field, RETSAN_SITE_STORE), (Place));                 \
  } while (0)

struct cache *volatile TheCache;
static void *volatile Churn;

__attribute__((constructor(101))) static void registerModule(int Argc,
                                                             char **Argv) {
  if (Argc == 3 && !strcmp(Argv[2], "stamp"))
    TheModule.mode = RETSAN_MODE_STAMP;
  __retsan_register_v1(&TheModule);
}

static NOINLINE void work(struct cache *C, int Rounds) {
  for (int I = 0; I != Rounds; ++I) {
    stamp(C);
    stamp(C->hot);
    Churn = malloc(100000);
    free(Churn);
  }
}

int main(int Argc, char **Argv) {
  if (Argc != 3)
    return 2;
  struct cache *C = TheCache = calloc(1, sizeof *C);
  HOLD(Hot, C->hot, malloc(1000000));
  HOLD(Cold, C->cold, malloc(2000000));
  C->unused = malloc(3000000); /* held by a field, but never loaded */
  __retsan_hold_v1(SITE(Unused, RETSAN_SITE_STORE), C->unused);
  if (!strcmp(Argv[1], "held")) {
    work(C, 200);
  } else if (!strcmp(Argv[1], "folded")) {
    /* Many more than 255 epochs. */
    work(C, 1000);
  } else if (!strcmp(Argv[1], "freed")) {
    work(C, 100);
    free(C->cold);
    C->cold = NULL;
    work(C, 100);
  } else if (!strcmp(Argv[1], "moved")) {
    work(C, 100);
    HOLD(Hot, C->hot, realloc(C->hot, 8000000));
    work(C, 100);
  } else if (!strcmp(Argv[1], "fork")) {
    work(C, 100);
    pid_t Child = fork();
    if (Child == 0) {
      work(C, 10);
      exit(0);
    }
    int Status;
    return waitpid(Child, &Status, 0) != Child || Status != 0;
  } else {
    return 2;
  }
  return 0;
}
