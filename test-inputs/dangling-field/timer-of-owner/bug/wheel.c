// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wheel.h"
#include <stdlib.h>

static struct wtimer *timers;

struct wtimer *wheel_add(struct watch *owner, unsigned long due) {
  struct wtimer *t = malloc(sizeof *t);
  if (!t)
    return NULL;
  t->owner = owner;
  t->due = due;
  t->next = timers;
  timers = t;
  return t;
}

void wheel_cancel(struct wtimer *t) {
  for (struct wtimer **pp = &timers; *pp; pp = &(*pp)->next)
    if (*pp == t) {
      *pp = t->next;
      break;
    }
  free(t);
}

void wheel_advance(unsigned long now) {
  struct wtimer **pp = &timers;
  while (*pp) {
    struct wtimer *t = *pp;
    if (t->due > now) {
      pp = &t->next;
      continue;
    }
    *pp = t->next;
    struct watch *w = t->owner;
    free(t);
    watch_expired(w);
  }
}
