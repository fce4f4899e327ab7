// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "widget.h"
#include <stdlib.h>

struct widget *widget_new(int w, int h) {
  struct widget *n = calloc(1, sizeof *n);
  if (!n)
    return NULL;
  n->refs = 1;
  n->w = w;
  n->h = h;
  return n;
}

struct widget *widget_ref(struct widget *w) {
  w->refs++;
  return w;
}

void widget_unref(struct widget *w) {
  if (!w || --w->refs > 0)
    return;
  widget_unref(w->parent);
  free(w);
}
