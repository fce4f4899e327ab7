// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wreq {
  struct wreq *next;
  char *bufs;
  size_t n, sent;
  int error;
  void (*cb)(struct wreq *r, int status);
};

struct stream {
  int fd;
  struct wreq *queue;
  struct wreq *completed;
};

struct stream *stream_new(int fd) {
  struct stream *s = calloc(1, sizeof *s);
  if (s)
    s->fd = fd;
  return s;
}

static void complete(struct stream *s, struct wreq *r) {
  s->queue = r->next;
  r->next = s->completed;
  s->completed = r;
}

void stream_flush(struct stream *s) {
  struct wreq *r = s->queue;
  if (!r)
    return;
  ssize_t n = write(s->fd, r->bufs + r->sent, r->n - r->sent);
  if (n < 0) {
    r->error = -1;
    complete(s, r);
    return;
  }
  r->sent += (size_t)n;
  if (r->sent == r->n) {
    free(r->bufs);
    r->bufs = NULL;
    complete(s, r);
  }
}

void stream_callbacks(struct stream *s) {
  while (s->completed) {
    struct wreq *r = s->completed;
    s->completed = r->next;
    if (r->bufs) {
      free(r->bufs);
      r->bufs = NULL;
    }
    if (r->cb)
      r->cb(r, r->error);
    free(r);
  }
}

int stream_write(struct stream *s, const void *p, size_t n, void (*cb)(struct wreq *, int)) {
  struct wreq *r = calloc(1, sizeof *r);
  if (!r)
    return -1;
  r->bufs = malloc(n ? n : 1);
  if (!r->bufs) {
    free(r);
    return -1;
  }
  memcpy(r->bufs, p, n);
  r->n = n;
  r->cb = cb;
  struct wreq **end = &s->queue;
  while (*end)
    end = &(*end)->next;
  *end = r;
  stream_flush(s);
  return 0;
}
