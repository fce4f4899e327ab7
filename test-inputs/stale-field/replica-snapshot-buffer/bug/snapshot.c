// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "replica.h"

unsigned long snapshot_count_keys(const char *p, size_t n) {
  unsigned long keys = 0;
  for (size_t i = 0; i < n; i++)
    if (p[i] == '\n')
      keys++;
  return keys;
}
