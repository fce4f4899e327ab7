// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN, DONE, ABORTED };

struct upload {
  int state;
  unsigned char *parts;
  size_t len, cap;
  unsigned long written;
};

struct upload *upload_new(void) { return calloc(1, sizeof(struct upload)); }

int upload_append(struct upload *u, const void *data, size_t n) {
  if (u->state != OPEN)
    return -1;
  if (u->len + n > u->cap) {
    unsigned char *more = realloc(u->parts, 2 * (u->len + n));
    if (!more)
      return -1;
    u->parts = more;
    u->cap = 2 * (u->len + n);
  }
  memcpy(u->parts + u->len, data, n);
  u->len += n;
  return 0;
}

int upload_commit(struct upload *u, FILE *out) {
  if (u->state != OPEN)
    return -1;
  u->written = fwrite(u->parts, 1, u->len, out);
  free(u->parts);
  u->parts = NULL;
  u->state = DONE;
  return 0;
}

void upload_abort(struct upload *u) {
  if (u->state != OPEN)
    return;
  free(u->parts);
  u->parts = NULL;
  u->state = ABORTED;
}

unsigned long upload_written(struct upload *u) { return u->state == DONE ? u->written : 0; }

void upload_touch(struct upload *u) {
  if (u->state == DONE)
    u->written++;
}

void upload_free(struct upload *u) {
  free(u->parts);
  free(u);
}
