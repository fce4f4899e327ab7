// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wbuf {
  char *base;
  char *cursor;
  char *limit;
  unsigned long flushed;
};

struct wbuf *wbuf_new(size_t n) {
  struct wbuf *w = calloc(1, sizeof *w);
  if (!w)
    return NULL;
  w->base = malloc(n);
  if (!w->base) {
    free(w);
    return NULL;
  }
  w->cursor = w->base;
  w->limit = w->base + n;
  return w;
}

static int grow(struct wbuf *w, size_t need) {
  size_t used = (size_t)(w->cursor - w->base);
  size_t cap = (size_t)(w->limit - w->base);
  while (cap - used < need)
    cap *= 2;
  char *bigger = realloc(w->base, cap);
  if (!bigger)
    return -1;
  w->base = bigger;
  w->cursor = bigger + used;
  w->limit = bigger + cap;
  return 0;
}

int wbuf_put(struct wbuf *w, const void *p, size_t n) {
  if ((size_t)(w->limit - w->cursor) < n && grow(w, n) < 0)
    return -1;
  memcpy(w->cursor, p, n);
  w->cursor += n;
  return 0;
}

int wbuf_flush(struct wbuf *w, int fd) {
  size_t n = (size_t)(w->cursor - w->base);
  if (write(fd, w->base, n) != (ssize_t)n)
    return -1;
  w->cursor = w->base;
  w->flushed += n;
  return 0;
}

unsigned long wbuf_flushed(const struct wbuf *w) { return w->flushed; }

void wbuf_free(struct wbuf *w) {
  free(w->base);
  free(w);
}
