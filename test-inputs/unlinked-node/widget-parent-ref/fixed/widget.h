// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef WIDGET_H
#define WIDGET_H
struct widget {
  int refs;
  struct widget *parent; /* counted */
  struct widget *first, *next;
  int x, y, w, h;
};
struct widget *widget_new(int w, int h);
struct widget *widget_ref(struct widget *w);
void widget_unref(struct widget *w);
void widget_add(struct widget *parent, struct widget *child);
struct widget *widget_remove(struct widget *child);
void widget_origin(const struct widget *w, int *x, int *y);
#endif
