// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wheel.h"
#include <stdlib.h>

struct watch *watch_new(int fd) {
  struct watch *w = calloc(1, sizeof *w);
  if (w)
    w->fd = fd;
  return w;
}

int watch_touch(struct watch *w, unsigned long now) {
  if (w->deadline) {
    wheel_cancel(w->deadline);
    w->deadline = NULL;
  }
  w->deadline = wheel_add(w, now + 30);
  return w->deadline ? 0 : -1;
}

void watch_expired(struct watch *w) { w->expired++; }

int watch_pending(const struct watch *w) { return w->deadline != NULL; }

void watch_free(struct watch *w) {
  if (w->deadline)
    wheel_cancel(w->deadline);
  free(w);
}
