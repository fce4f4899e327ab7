// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct line {
  struct line *next;
  char *text;
};

struct editor {
  struct line *first;
  struct line *mark;
  int dirty;
};

struct editor *editor_new(void) { return calloc(1, sizeof(struct editor)); }

int editor_add(struct editor *e, const char *text) {
  struct line *l = calloc(1, sizeof *l);
  if (!l)
    return -1;
  l->text = strdup(text);
  l->next = e->first;
  e->first = l;
  return 0;
}

void editor_mark(struct editor *e, int n) {
  struct line *l = e->first;
  while (l && n-- > 0)
    l = l->next;
  e->mark = l;
}

int editor_delete(struct editor *e, const char *text) {
  struct line **pp = &e->first;
  while (*pp && strcmp((*pp)->text, text))
    pp = &(*pp)->next;
  if (!*pp)
    return 0;
  struct line *l = *pp;
  *pp = l->next;
  free(l->text);
  free(l);
  e->dirty = 1;
  return 1;
}

const char *editor_marked(const struct editor *e) { return e->mark ? e->mark->text : NULL; }
