// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>
#include <unistd.h>

struct tap {
  int fd;
  unsigned char *frame RETSAN_LIVE_WHILE(fd >= 0);
  unsigned errors;
};

struct tap *tap_new(void) {
  struct tap *t = calloc(1, sizeof *t);
  if (t)
    t->fd = -1;
  return t;
}

int tap_attach(struct tap *t, int fd) {
  if (t->fd >= 0 || fd < 0)
    return -1;
  t->frame = malloc(2048);
  if (!t->frame)
    return -1;
  t->fd = fd;
  return 0;
}

static void tap_detach(struct tap *t) {
  close(t->fd);
  free(t->frame);
  t->frame = NULL;
  t->fd = -1;
}

long tap_read(struct tap *t) {
  if (t->fd < 0)
    return -1;
  long n = read(t->fd, t->frame, 2048);
  if (n < 0) {
    t->errors++;
    tap_detach(t);
  }
  return n;
}

void tap_free(struct tap *t) {
  if (t->fd >= 0)
    tap_detach(t);
  free(t);
}
