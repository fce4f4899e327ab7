// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>

struct pipe_end {
  int closed;
  unsigned char *ring RETSAN_LIVE_WHILE(!closed);
  int peer_gone;
  unsigned long bytes;
};

struct pipe_end *pipe_make(void) {
  struct pipe_end *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->ring = malloc(4096);
  if (!p->ring) {
    free(p);
    return NULL;
  }
  return p;
}

int pipe_put(struct pipe_end *p, int c) {
  if (p->closed)
    return -1;
  p->ring[p->bytes++ % 4096] = (unsigned char)c;
  return 0;
}

void pipe_shut(struct pipe_end *p) {
  if (p->closed)
    return;
  if (p->peer_gone) {
    free(p->ring);
    p->ring = NULL;
    p->closed = 1;
    return;
  }
  free(p->ring);
  p->ring = NULL;
  p->closed = 1;
}

void pipe_hangup(struct pipe_end *p) { p->peer_gone = 1; }

void pipe_drop(struct pipe_end *p) {
  free(p->ring);
  free(p);
}
