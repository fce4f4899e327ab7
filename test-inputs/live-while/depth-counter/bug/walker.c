// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>

struct walker {
  unsigned depth;
  int *stack RETSAN_LIVE_WHILE(depth > 0);
  int shallow;
};

struct walker *walker_new(int shallow) {
  struct walker *w = calloc(1, sizeof *w);
  if (w)
    w->shallow = shallow;
  return w;
}

int walker_enter(struct walker *w, int id) {
  if (w->depth == 0) {
    int *s = calloc(64, sizeof *s);
    if (!s)
      return -1;
    w->stack = s;
  }
  if (w->depth >= 64)
    return -1;
  w->stack[w->depth++] = id;
  return 0;
}

void walker_leave(struct walker *w) {
  if (w->depth == 0)
    return;
  if (w->depth > 1) {
    w->depth--;
    return;
  }
  if (!w->shallow) {
    free(w->stack);
    w->stack = NULL;
  }
  w->depth = 0;
}

void walker_free(struct walker *w) {
  free(w->stack);
  free(w);
}
