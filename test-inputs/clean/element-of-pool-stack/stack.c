// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct frame {
  struct frame *prev;
  char *attr;
};

struct parser {
  struct frame *top;
  struct frame pool[16];
  unsigned used;
};

int parser_push(struct parser *p, const char *attr) {
  struct frame *f;
  if (p->used == 16)
    return -1;
  f = &p->pool[p->used++];
  f->prev = p->top;
  f->attr = strdup(attr);
  p->top = f;
  return 0;
}

int parser_pop(struct parser *p) {
  struct frame *f = p->top;
  if (!f)
    return -1;
  p->top = f->prev;
  free(f->attr);
  p->used--;
  return 0;
}

int parser_attr(struct parser *p) {
  return p->top && p->top->attr ? p->top->attr[0] : 0;
}
