// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct upload {
  bool open, paused;
  char *chunk RETSAN_LIVE_WHILE(open && !paused);
  unsigned long sent;
};

struct upload *upload_new(void) { return calloc(1, sizeof(struct upload)); }

int upload_open(struct upload *u) {
  if (u->open)
    return -1;
  u->chunk = calloc(1, 512);
  if (!u->chunk)
    return -1;
  u->open = true;
  u->paused = false;
  return 0;
}

int upload_send(struct upload *u, const char *p, size_t n) {
  if (!u->open || u->paused || n > 512)
    return -1;
  memcpy(u->chunk, p, n);
  u->sent += n;
  return 0;
}

void upload_pause(struct upload *u) {
  if (!u->open || u->paused)
    return;
  u->paused = true;
}

void upload_close(struct upload *u) {
  if (!u->open)
    return;
  free(u->chunk);
  u->chunk = NULL;
  u->open = false;
}

void upload_free(struct upload *u) {
  free(u->chunk);
  free(u);
}
