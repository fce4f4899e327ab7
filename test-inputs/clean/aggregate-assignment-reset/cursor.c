// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct cursor {
  char *low;
  char *high;
  int open;
  unsigned long rows;
};

static struct cursor shared;

int cursor_open(const char *low, const char *high) {
  if (shared.open)
    return -1;
  char *a = strdup(low);
  char *b = strdup(high);
  if (!a || !b) {
    free(a);
    free(b);
    return -1;
  }
  shared = (struct cursor){.low = a, .high = b, .open = 1, .rows = shared.rows};
  return 0;
}

int cursor_match(const char *key) {
  if (!shared.open)
    return 0;
  if (strcmp(key, shared.low) < 0 || strcmp(key, shared.high) > 0)
    return 0;
  shared.rows++;
  return 1;
}

void cursor_close(void) {
  unsigned long rows = shared.rows;
  if (!shared.open)
    return;
  free(shared.low);
  free(shared.high);
  shared = (struct cursor){.rows = rows};
}

unsigned long cursor_rows(void) { return shared.rows; }
