// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct periodic {
  void (*fn)(char *arg);
  char *arg;
  unsigned long every, next;
  int runs_left; /* -1: for ever */
  int running;
};

struct periodic *periodic_new(void) { return calloc(1, sizeof(struct periodic)); }

static void clear(struct periodic *p) {
  free(p->arg);
  p->arg = NULL;
  p->fn = NULL;
  p->running = 0;
}

int periodic_start(struct periodic *p, unsigned long every, int runs, void (*fn)(char *), const char *arg) {
  if (p->running)
    return -1;
  p->arg = strdup(arg);
  if (!p->arg)
    return -1;
  p->fn = fn;
  p->every = every;
  p->next = every;
  p->runs_left = runs;
  p->running = 1;
  return 0;
}

void periodic_tick(struct periodic *p, unsigned long now) {
  if (!p->running || now < p->next)
    return;
  p->next = now + p->every;
  p->fn(p->arg);
  if (p->runs_left > 0 && --p->runs_left == 0)
    clear(p);
}

void periodic_stop(struct periodic *p) {
  if (p->running)
    clear(p);
}

int periodic_running(const struct periodic *p) { return p->running; }

void periodic_free(struct periodic *p) {
  clear(p);
  free(p);
}
