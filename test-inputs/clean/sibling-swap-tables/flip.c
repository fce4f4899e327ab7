// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

#define ROOM 512

struct batcher {
  int *front, *back;
  size_t nfront, nback;
  unsigned flips;
};

struct batcher *batcher_new(void) {
  struct batcher *b = calloc(1, sizeof *b);
  if (!b)
    return NULL;
  b->front = calloc(ROOM, sizeof *b->front);
  b->back = calloc(ROOM, sizeof *b->back);
  if (!b->front || !b->back) {
    free(b->front);
    free(b->back);
    free(b);
    return NULL;
  }
  return b;
}

int batcher_add(struct batcher *b, int v) {
  if (b->nback == ROOM)
    return -1;
  b->back[b->nback++] = v;
  return 0;
}

void batcher_flip(struct batcher *b) {
  int *t = b->front;
  b->front = b->back;
  b->back = t;
  b->nfront = b->nback;
  b->nback = 0;
  b->flips++;
}

long batcher_sum(const struct batcher *b) {
  long sum = 0;
  for (size_t i = 0; i < b->nfront; i++)
    sum += b->front[i];
  return sum;
}

void batcher_sort_front(struct batcher *b) {
  for (size_t i = 1; i < b->nfront; i++)
    for (size_t k = i; k > 0 && b->front[k - 1] > b->front[k]; k--) {
      int t = b->front[k];
      b->front[k] = b->front[k - 1];
      b->front[k - 1] = t;
    }
}

void batcher_free(struct batcher *b) {
  free(b->front);
  free(b->back);
  free(b);
}
