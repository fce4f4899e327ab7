// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct cell {
  char *text;   /* what the cell says: buf or static storage */
  char *buf;    /* owned if szBuf > 0 */
  int szBuf;
  int n;
};

struct cell *cell_new(void) {
  struct cell *c = malloc(sizeof *c);
  if (!c)
    return NULL;
  c->text = "";
  c->szBuf = 0;
  c->n = 0;
  return c;
}

static void drop_buffer(struct cell *c) {
  if (c->szBuf > 0) {
    free(c->buf);
    c->szBuf = 0;
  }
}

static int reserve(struct cell *c, int n) {
  if (c->szBuf >= n)
    return 0;
  drop_buffer(c);
  c->buf = malloc((size_t)n);
  if (!c->buf)
    return -1;
  c->szBuf = n;
  return 0;
}

int cell_set(struct cell *c, const char *text) {
  int n = (int)strlen(text) + 1;
  c->text = "";
  c->n = 0;
  if (reserve(c, n) < 0)
    return -1;
  memcpy(c->buf, text, (size_t)n);
  c->text = c->buf;
  c->n = n - 1;
  return 0;
}

void cell_set_static(struct cell *c, const char *text) {
  drop_buffer(c);
  c->text = (char *)(size_t)text;
  c->n = (int)strlen(text);
}

int cell_append(struct cell *c, const char *more) {
  int extra = (int)strlen(more);
  if (c->szBuf == 0 || c->szBuf < c->n + extra + 1)
    return -1;
  memcpy(c->buf + c->n, more, (size_t)extra + 1);
  c->n += extra;
  return 0;
}

const char *cell_text(const struct cell *c) { return c->text; }

void cell_delete(struct cell *c) {
  drop_buffer(c);
  free(c);
}
