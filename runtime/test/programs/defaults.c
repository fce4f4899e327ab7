/*===- defaults.c - options of the program's own, and freed memory ----------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Asks for a quarantine of one megabyte. Prints how many bytes were freed
 * before what was freed first is given out again, small and large; with the
 *argument `twice` frees one twice.
 *===------------------------------------------------------------------------===*/

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *__retsan_default_options(void) { return "quarantine_size_mb=1"; }

static void *volatile Hidden; /* from the optimizer */

static unsigned long freedBefore(size_t Size) {
  Hidden = malloc(Size);
  uintptr_t First = (uintptr_t)Hidden;
  free(Hidden);
  unsigned long Sum = Size;
  for (unsigned N = 0; Sum < 64ul << 20; ++N) {
    Hidden = malloc(Size);
    if ((uintptr_t)Hidden == First)
      return Sum;
    memset(Hidden, 1, Size);
    /* Of two sizes, so that some are moved to be freed. */
    if (N % 3 == 0) {
      Hidden = realloc(Hidden, Size * 3);
      Sum += Size * 3;
    }
    free(Hidden);
    Sum += Size;
  }
  return Sum;
}

int main(int Argc, char **Argv) {
  if (Argc == 2 && !strcmp(Argv[1], "twice")) {
    Hidden = malloc(100);
    free(Hidden);
    free(Hidden);
    return 0;
  }
  printf("small %lu\n", freedBefore(100));
  printf("large %lu\n", freedBefore(100000));
  return 0;
}
