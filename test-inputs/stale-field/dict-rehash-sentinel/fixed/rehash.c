// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dict.h"
#include <stdlib.h>

int dict_expand(struct dict *d) {
  if (d->rehash_at >= 0)
    return 0;
  struct slot **fresh = calloc(d->cur_size * 2, sizeof *fresh);
  if (!fresh)
    return -1;
  d->prev = d->cur;
  d->prev_size = d->cur_size;
  d->cur = fresh;
  d->cur_size *= 2;
  d->rehash_at = 0;
  return 0;
}

void dict_step(struct dict *d) {
  if (d->rehash_at < 0)
    return;
  struct slot *s = d->prev[d->rehash_at];
  d->prev[d->rehash_at] = NULL;
  while (s) {
    struct slot *next = s->next;
    s->next = d->cur[s->key % d->cur_size];
    d->cur[s->key % d->cur_size] = s;
    s = next;
  }
  d->rehash_at++;
  if ((size_t)d->rehash_at == d->prev_size) {
    free(d->prev);
    d->prev = NULL;
    d->prev_size = 0;
    d->rehash_at = -1;
  }
}
