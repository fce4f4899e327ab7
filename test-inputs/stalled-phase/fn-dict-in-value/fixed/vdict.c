// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vdict.h"
#include <stdlib.h>

struct vdict *vdict_new(void) {
  struct vdict *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  d->cap = 16;
  d->cur = calloc(d->cap, sizeof *d->cur);
  if (!d->cur) {
    free(d);
    return NULL;
  }
  return d;
}

static void place(long *t, size_t cap, long key) {
  size_t i = (size_t)key % cap;
  while (t[i] && t[i] != key)
    i = (i + 1) % cap;
  t[i] = key;
}

static int probe(const long *t, size_t cap, long key) {
  size_t i = (size_t)key % cap;
  for (size_t n = 0; n < cap && t[i]; n++, i = (i + 1) % cap)
    if (t[i] == key)
      return 1;
  return 0;
}

/* 1 while there is more to move. */
int vdict_step(struct vdict *d, size_t n) {
  if (!d->prev)
    return 0;
  while (n-- > 0 && d->pos < d->prev_cap) {
    long key = d->prev[d->pos++];
    if (key)
      place(d->cur, d->cap, key);
  }
  if (d->pos < d->prev_cap)
    return 1;
  free(d->prev);
  d->prev = NULL;
  return 0;
}

int vdict_add(struct vdict *d, long key) {
  if (d->prev) {
    vdict_step(d, 4);
  } else if (d->used * 2 >= d->cap) {
    long *fresh = calloc(d->cap * 4, sizeof *fresh);
    if (!fresh)
      return -1;
    d->prev = d->cur;
    d->prev_cap = d->cap;
    d->cur = fresh;
    d->cap *= 4;
    d->pos = 0;
  }
  if (vdict_has(d, key))
    return 0;
  place(d->cur, d->cap, key);
  d->used++;
  return 1;
}

int vdict_has(const struct vdict *d, long key) {
  if (probe(d->cur, d->cap, key))
    return 1;
  if (d->prev)
    for (size_t i = d->pos; i < d->prev_cap; i++)
      if (d->prev[i] == key)
        return 1;
  return 0;
}
