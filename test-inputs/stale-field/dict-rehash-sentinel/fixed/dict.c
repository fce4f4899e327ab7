// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dict.h"
#include <stdlib.h>

struct dict *dict_create(void) {
  struct dict *d = malloc(sizeof *d);
  if (!d)
    return NULL;
  d->cur_size = 4;
  d->cur = calloc(d->cur_size, sizeof *d->cur);
  d->prev = NULL;
  d->prev_size = 0;
  d->used = 0;
  d->rehash_at = -1;
  if (!d->cur) {
    free(d);
    return NULL;
  }
  return d;
}

int dict_set(struct dict *d, unsigned key, int value) {
  if (d->rehash_at >= 0)
    dict_step(d);
  if (d->used >= d->cur_size && dict_expand(d) < 0)
    return -1;
  struct slot *s = malloc(sizeof *s);
  if (!s)
    return -1;
  s->key = key;
  s->value = value;
  s->next = d->cur[key % d->cur_size];
  d->cur[key % d->cur_size] = s;
  d->used++;
  return 0;
}

int dict_lookup(struct dict *d, unsigned key, int *value) {
  struct slot *s;
  for (s = d->cur[key % d->cur_size]; s; s = s->next)
    if (s->key == key) {
      *value = s->value;
      return 1;
    }
  if (d->rehash_at < 0)
    return 0;
  for (s = d->prev[key % d->prev_size]; s; s = s->next)
    if (s->key == key) {
      *value = s->value;
      return 1;
    }
  return 0;
}

static void free_chain(struct slot *s) {
  while (s) {
    struct slot *next = s->next;
    free(s);
    s = next;
  }
}

void dict_destroy(struct dict *d) {
  for (size_t i = 0; i < d->cur_size; i++)
    free_chain(d->cur[i]);
  if (d->rehash_at >= 0)
    for (size_t i = 0; i < d->prev_size; i++)
      free_chain(d->prev[i]);
  free(d->prev);
  free(d->cur);
  free(d);
}
