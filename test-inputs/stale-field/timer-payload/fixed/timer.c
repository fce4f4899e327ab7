// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "timer.h"
#include <stdlib.h>
#include <string.h>

struct timer *timer_new(timer_fn fn) {
  struct timer *t = calloc(1, sizeof *t);
  if (t)
    t->fn = fn;
  return t;
}

static void discard(struct timer *t) {
  free(t->payload);
  t->payload = NULL;
  t->len = 0;
}

int timer_arm(struct timer *t, unsigned long due, const void *data, size_t len) {
  void *copy = malloc(len ? len : 1);
  if (!copy)
    return -1;
  memcpy(copy, data, len);
  discard(t);
  t->payload = copy;
  t->len = len;
  t->due = due;
  t->armed = 1;
  return 0;
}

void timer_cancel(struct timer *t) {
  t->armed = 0;
  discard(t);
}

int timer_tick(struct timer *t, unsigned long now) {
  if (!t->armed || now < t->due)
    return 0;
  t->armed = 0;
  t->fired++;
  t->fn(t->payload, t->len);
  discard(t);
  return 1;
}

unsigned long timer_fired(const struct timer *t) { return t->fired; }

void timer_delete(struct timer *t) {
  discard(t);
  free(t);
}
