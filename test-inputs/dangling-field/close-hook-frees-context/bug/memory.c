// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "transport.h"
#include <stdlib.h>
#include <string.h>

struct memory {
  size_t used;
  char bytes[1000];
};

static int memory_open(struct transport *t) {
  t->ctx = calloc(1, sizeof(struct memory));
  return t->ctx ? 0 : -1;
}

static long memory_write(struct transport *t, const void *p, size_t n) {
  struct memory *m = t->ctx;
  if (n > sizeof m->bytes - m->used)
    return -1;
  memcpy(m->bytes + m->used, p, n);
  m->used += n;
  return (long)n;
}

static void memory_close(struct transport *t) {
  struct memory *m = t->ctx;
  memset(m->bytes, 0, m->used);
  free(m);
}

const struct transport_ops memory_ops = {memory_open, memory_write, memory_close};
