// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct rbuf {
  int refs;
  size_t n;
  unsigned char bytes[256];
};

struct stream {
  struct rbuf *buf;
  size_t at;
  int paused;
};

static struct rbuf *rbuf_new(void) {
  struct rbuf *b = calloc(1, sizeof *b);
  if (b)
    b->refs = 1;
  return b;
}

static void rbuf_unref(struct rbuf *b) {
  if (b && --b->refs == 0)
    free(b);
}

struct stream *stream_new(void) { return calloc(1, sizeof(struct stream)); }

int stream_fill(struct stream *s, const void *p, size_t n) {
  if (n > 256)
    return -1;
  rbuf_unref(s->buf);
  s->buf = rbuf_new();
  if (!s->buf)
    return -1;
  memcpy(s->buf->bytes, p, n);
  s->buf->n = n;
  s->at = 0;
  return 0;
}

void stream_pause(struct stream *s) {
  s->paused = 1;
  rbuf_unref(s->buf);
  s->buf = NULL;
}

int stream_read(struct stream *s) {
  if (!s->buf || s->at >= s->buf->n)
    return -1;
  return s->buf->bytes[s->at++];
}

void stream_free(struct stream *s) {
  rbuf_unref(s->buf);
  free(s);
}
