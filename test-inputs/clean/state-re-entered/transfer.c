// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

enum tstate { T_IDLE, T_ACTIVE, T_PAUSED };

struct transfer {
  enum tstate state;
  char *chunk;
  size_t len, pos;
  unsigned long delivered;
};

struct transfer *transfer_new(void) { return calloc(1, sizeof(struct transfer)); }

int transfer_begin(struct transfer *t, const void *p, size_t n) {
  if (t->state != T_IDLE)
    return -1;
  t->chunk = malloc(n ? n : 1);
  if (!t->chunk)
    return -1;
  memcpy(t->chunk, p, n);
  t->len = n;
  t->pos = 0;
  t->state = T_ACTIVE;
  return 0;
}

size_t transfer_read(struct transfer *t, void *out, size_t room) {
  if (t->state != T_ACTIVE)
    return 0;
  size_t n = t->len - t->pos;
  if (n > room)
    n = room;
  memcpy(out, t->chunk + t->pos, n);
  t->pos += n;
  t->delivered += n;
  if (t->pos == t->len) {
    free(t->chunk);
    t->chunk = NULL;
    t->state = T_IDLE;
  }
  return n;
}

int transfer_pause(struct transfer *t) {
  if (t->state != T_ACTIVE)
    return -1;
  t->state = T_PAUSED;
  return 0;
}

int transfer_resume(struct transfer *t) {
  if (t->state != T_PAUSED)
    return -1;
  t->state = T_ACTIVE;
  return 0;
}

void transfer_cancel(struct transfer *t) {
  free(t->chunk);
  t->chunk = NULL;
  t->state = T_IDLE;
}

unsigned long transfer_delivered(const struct transfer *t) { return t->delivered; }

void transfer_free(struct transfer *t) {
  free(t->chunk);
  free(t);
}
