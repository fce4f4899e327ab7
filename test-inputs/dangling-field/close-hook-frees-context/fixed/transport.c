// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "transport.h"
#include <stdlib.h>

struct transport *transport_new(const struct transport_ops *ops) {
  struct transport *t = calloc(1, sizeof *t);
  if (!t)
    return NULL;
  t->ops = ops;
  return t;
}

long transport_write(struct transport *t, const void *p, size_t n) {
  if (!t->ctx && t->ops->open(t) < 0)
    return -1;
  return t->ops->write(t, p, n);
}

void transport_reset(struct transport *t) {
  if (!t->ctx)
    return;
  t->ops->close(t);
  t->ctx = NULL;
  t->resets++;
}

int transport_resets(const struct transport *t) { return t->resets; }

void transport_free(struct transport *t) {
  transport_reset(t);
  free(t);
}
