// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct chunk {
  size_t len;
  unsigned char bytes[4000];
};

struct pipe_buf {
  struct chunk *cur;
  struct chunk *prev_chunk;
  int dedup;
  unsigned long in, dropped;
};

struct pipe_buf *pipebuf_new(void) {
  struct pipe_buf *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->cur = calloc(1, sizeof *p->cur);
  if (!p->cur) {
    free(p);
    return NULL;
  }
  return p;
}

/* Keeps the chunk; with dedup on a chunk like the one before is dropped. */
int pipebuf_put(struct pipe_buf *p, const void *data, size_t n) {
  if (n > sizeof p->cur->bytes)
    return -1;
  p->in++;
  if (p->dedup) {
    if (p->prev_chunk && p->prev_chunk->len == n && memcmp(p->prev_chunk->bytes, data, n) == 0) {
      p->dropped++;
      return 0;
    }
    struct chunk *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
      return -1;
    free(p->prev_chunk);
    p->prev_chunk = p->cur;
    p->cur = fresh;
  }
  memcpy(p->cur->bytes, data, n);
  p->cur->len = n;
  return 1;
}

void pipebuf_dedup(struct pipe_buf *p, int on) {
  if (on && !p->dedup) {
    free(p->prev_chunk);
    p->prev_chunk = NULL;
  }
  p->dedup = on;
}

size_t pipebuf_get(const struct pipe_buf *p, void *out, size_t room) {
  size_t n = p->cur->len < room ? p->cur->len : room;
  memcpy(out, p->cur->bytes, n);
  return n;
}

unsigned long pipebuf_dropped(const struct pipe_buf *p) { return p->dropped; }

void pipebuf_free(struct pipe_buf *p) {
  free(p->cur);
  free(p->prev_chunk);
  free(p);
}
