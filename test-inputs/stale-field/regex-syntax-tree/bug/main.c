// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "rx.h"
#include <stdio.h>

int main(int argc, char **argv) {
  struct regex *r = rx_new(argc > 1 ? argv[1] : "h.llo");
  if (!r || rx_compile(r) < 0)
    return 1;
  int hits = 0;
  for (int i = 2; i < argc; i++)
    hits += rx_match(r, argv[i]);
  printf("%d\n", hits);
  rx_free(r);
  return 0;
}
