// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conn.h"
#include <stdlib.h>

struct timer *timer_start(void (*fire)(struct conn *), struct conn *arg, int ms) {
  struct timer *t = malloc(sizeof *t);
  if (!t)
    return NULL;
  t->fire = fire;
  t->arg = arg;
  t->ms = ms;
  return t;
}

static void on_timeout(struct conn *c) {
  c->timeouts++;
  free(c->timer);
}

struct conn *conn_new(void) { return calloc(1, sizeof(struct conn)); }

int conn_arm(struct conn *c, int ms) {
  if (c->timer)
    return 0;
  c->timer = timer_start(on_timeout, c, ms);
  return c->timer ? 0 : -1;
}

void conn_disarm(struct conn *c) {
  if (c->timer) {
    free(c->timer);
    c->timer = NULL;
  }
}

void conn_close(struct conn *c) {
  conn_disarm(c);
  free(c);
}
