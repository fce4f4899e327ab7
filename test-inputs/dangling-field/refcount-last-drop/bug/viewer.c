// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
  int refs;
  char text[200];
};

struct viewer {
  struct page *page;
  unsigned long shown;
};

static struct page *page_get(struct page *p) {
  p->refs++;
  return p;
}

/* 1 if the page is gone. */
static int page_put(struct page *p) {
  if (--p->refs > 0)
    return 0;
  free(p);
  return 1;
}

struct page *page_make(const char *text) {
  struct page *p = malloc(sizeof *p);
  if (!p)
    return NULL;
  p->refs = 1;
  snprintf(p->text, sizeof p->text, "%s", text);
  return p;
}

struct viewer *viewer_new(void) { return calloc(1, sizeof(struct viewer)); }

void viewer_show(struct viewer *v, struct page *p) {
  if (v->page)
    page_put(v->page);
  v->page = page_get(p);
}

void viewer_render(struct viewer *v) {
  if (!v->page)
    return;
  puts(v->page->text);
  v->shown++;
}

void viewer_hide(struct viewer *v) {
  if (!v->page)
    return;
  page_put(v->page);
}

unsigned long viewer_shown(const struct viewer *v) { return v->shown; }

void viewer_free(struct viewer *v) {
  viewer_hide(v);
  free(v);
}
