// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "util.h"
#include <stdlib.h>
#include <string.h>

void release(char **p) {
  free(*p);
  *p = NULL;
}

int assign(char **p, const char *value) {
  char *copy = strdup(value);
  if (!copy)
    return -1;
  free(*p);
  *p = copy;
  return 0;
}
