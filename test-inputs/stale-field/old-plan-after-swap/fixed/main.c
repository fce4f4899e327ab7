// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct plan {
  int n;
  int steps[256];
};

struct planner {
  struct plan *active;
  struct plan *previous;
  int comparing;
};

struct planner *planner_new(void) { return calloc(1, sizeof(struct planner)); }

int planner_switch(struct planner *p, struct plan *next) {
  if (p->comparing)
    return -1;
  free(p->previous);
  p->previous = p->active;
  p->active = next;
  p->comparing = p->previous != NULL;
  return 0;
}

int planner_compare(struct planner *p) {
  int d = 0;
  if (!p->comparing)
    return 0;
  for (int i = 0; i < p->active->n && i < p->previous->n; i++)
    d += p->active->steps[i] != p->previous->steps[i];
  p->comparing = 0;
  free(p->previous);
  p->previous = NULL;
  return d;
}

int planner_step(const struct planner *p, int i) {
  return p->active && i < p->active->n ? p->active->steps[i] : -1;
}

void planner_free(struct planner *p) {
  free(p->active);
  free(p->previous);
  free(p);
}
