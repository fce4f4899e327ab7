// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "store.h"
#include <stdio.h>
#include <stdlib.h>

struct session_store *store_new(void) {
  struct session_store *st = calloc(1, sizeof *st);
  if (!st)
    return NULL;
  st->cur_gen = calloc(1, sizeof *st->cur_gen);
  if (!st->cur_gen) {
    free(st);
    return NULL;
  }
  return st;
}

int store_rotate(struct session_store *st) {
  if (st->prev_gen)
    return -1;
  struct gen *fresh = calloc(1, sizeof *fresh);
  if (!fresh)
    return -1;
  st->prev_gen = st->cur_gen;
  st->cur_gen = fresh;
  st->copied = 0;
  return 0;
}

int store_save(struct session_store *st, unsigned id, const char *data) {
  if (st->prev_gen)
    store_copy_some(st, 4);
  struct gen *g = st->cur_gen;
  if (g->n == 512)
    return -1;
  g->s[g->n].id = id;
  snprintf(g->s[g->n].data, sizeof g->s[0].data, "%s", data);
  g->n++;
  return 0;
}

void store_free(struct session_store *st) {
  free(st->cur_gen);
  free(st->prev_gen);
  free(st);
}
