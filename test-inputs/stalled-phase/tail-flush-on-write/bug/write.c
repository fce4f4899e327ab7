// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spill.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct spill *spill_new(int fd) {
  struct spill *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->fill = malloc(ROOM);
  if (!s->fill) {
    free(s);
    return NULL;
  }
  s->fd = fd;
  return s;
}

int spill_push(struct spill *s) {
  size_t n = ROOM - s->sent;
  if (n > 4096)
    n = 4096;
  ssize_t got = write(s->fd, s->pending + s->sent, n);
  if (got < 0)
    return -1;
  s->sent += (size_t)got;
  if (s->sent == ROOM) {
    free(s->pending);
    s->pending = NULL;
  }
  return 0;
}

int spill_put(struct spill *s, const void *p, size_t n) {
  if (s->pending && spill_push(s) < 0)
    return -1;
  if (n > ROOM - s->filled)
    return -1;
  memcpy(s->fill + s->filled, p, n);
  s->filled += n;
  if (s->filled == ROOM && !s->pending) {
    unsigned char *fresh = malloc(ROOM);
    if (!fresh)
      return -1;
    s->pending = s->fill;
    s->fill = fresh;
    s->filled = 0;
    s->sent = 0;
  }
  return 0;
}

void spill_free(struct spill *s) {
  free(s->fill);
  free(s->pending);
  free(s);
}
