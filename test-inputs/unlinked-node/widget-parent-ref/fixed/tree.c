// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "widget.h"
#include <stddef.h>

void widget_add(struct widget *parent, struct widget *child) {
  if (child->parent)
    return;
  child->parent = widget_ref(parent);
  child->next = parent->first;
  parent->first = child;
}

struct widget *widget_remove(struct widget *child) {
  struct widget *p = child->parent;
  if (!p)
    return NULL;
  for (struct widget **pp = &p->first; *pp; pp = &(*pp)->next)
    if (*pp == child) {
      *pp = child->next;
      child->next = NULL;
      child->parent = NULL;
      widget_unref(p);
      return child;
    }
  return NULL;
}

void widget_origin(const struct widget *w, int *x, int *y) {
  *x = *y = 0;
  for (; w; w = w->parent) {
    *x += w->x;
    *y += w->y;
  }
}
