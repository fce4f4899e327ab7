// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TIMER_H
#define TIMER_H
#include <stddef.h>
typedef void (*timer_fn)(const void *payload, size_t len);
struct timer {
  unsigned long due;
  unsigned long fired;
  int armed;
  timer_fn fn;
  void *payload;
  size_t len;
};
struct timer *timer_new(timer_fn fn);
int timer_arm(struct timer *t, unsigned long due, const void *data, size_t len);
void timer_cancel(struct timer *t);
int timer_tick(struct timer *t, unsigned long now);
unsigned long timer_fired(const struct timer *t);
void timer_delete(struct timer *t);
#endif
