// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>
#include <string.h>

struct bus {
  unsigned users;
  char *scratch RETSAN_LIVE_WHILE(users != 0);
  size_t size;
  unsigned long messages;
  unsigned kicked;
};

struct bus *bus_new(size_t size) {
  struct bus *b = calloc(1, sizeof *b);
  if (b)
    b->size = size;
  return b;
}

int bus_join(struct bus *b) {
  if (b->users == 0) {
    char *p = malloc(b->size);
    if (!p)
      return -1;
    b->scratch = p;
  }
  b->users++;
  return 0;
}

int bus_send(struct bus *b, const char *text) {
  if (b->users == 0)
    return -1;
  strncpy(b->scratch, text, b->size - 1);
  b->scratch[b->size - 1] = 0;
  b->messages++;
  return 0;
}

void bus_leave(struct bus *b) {
  if (b->users == 0)
    return;
  if (--b->users == 0) {
    free(b->scratch);
    b->scratch = NULL;
  }
}

void bus_kick(struct bus *b, unsigned misses) {
  if (misses < 3 || b->users == 0)
    return;
  b->kicked++;
  bus_leave(b);
}

void bus_free(struct bus *b) {
  free(b->scratch);
  free(b);
}
