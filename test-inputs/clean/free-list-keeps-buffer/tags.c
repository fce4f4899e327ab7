// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct tag {
  struct tag *parent;
  char *buf;
  size_t cap;
  int level;
};

struct tag_parser {
  struct tag *open;
  struct tag *free_tags;
  int level;
};

struct tag_parser *parser_new(void) { return calloc(1, sizeof(struct tag_parser)); }

int parser_start(struct tag_parser *p, const char *name) {
  size_t need = strlen(name) + 1;
  struct tag *t = p->free_tags;
  if (t) {
    p->free_tags = t->parent;
  } else {
    t = malloc(sizeof *t);
    if (!t)
      return -1;
    t->cap = 32;
    t->buf = malloc(t->cap);
    if (!t->buf) {
      free(t);
      return -1;
    }
  }
  t->parent = p->open;
  p->open = t;
  t->level = ++p->level;
  if (need > t->cap) {
    char *bigger = realloc(t->buf, need * 2);
    if (!bigger)
      return -1;
    t->buf = bigger;
    t->cap = need * 2;
  }
  memcpy(t->buf, name, need);
  return 0;
}

int parser_end(struct tag_parser *p, const char *name) {
  struct tag *t = p->open;
  if (!t || strcmp(t->buf, name) != 0)
    return -1;
  p->open = t->parent;
  t->parent = p->free_tags;
  p->free_tags = t;
  p->level--;
  return 0;
}

static void free_tags(struct tag *t) {
  while (t) {
    struct tag *parent = t->parent;
    free(t->buf);
    free(t);
    t = parent;
  }
}

void parser_delete(struct tag_parser *p) {
  free_tags(p->open);
  free_tags(p->free_tags);
  free(p);
}
