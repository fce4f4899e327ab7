// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "retsan/annotations.h"
#include <stdlib.h>
#include <string.h>

struct door {
  int open;
  char *visitor RETSAN_LIVE_WHILE(open);
};

struct door *door_new(void) { return calloc(1, sizeof(struct door)); }

int door_enter(struct door *d, const char *who) {
  char *copy = strdup(who);
  if (!copy)
    return -1;
  d->open = 1;
  free(d->visitor);
  d->visitor = copy;
  return 0;
}

void door_close(struct door *d) {
  free(d->visitor);
  d->visitor = NULL;
  d->open = 0;
}

void door_slam(struct door *d, int hard) {
  if (hard)
    door_close(d);
}

void door_free(struct door *d) {
  free(d->visitor);
  free(d);
}
