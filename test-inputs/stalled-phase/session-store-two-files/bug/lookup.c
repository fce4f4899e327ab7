// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "store.h"
#include <stdlib.h>

void store_copy_some(struct session_store *st, unsigned k) {
  while (k-- > 0 && st->copied < st->prev_gen->n && st->cur_gen->n < 512)
    st->cur_gen->s[st->cur_gen->n++] = st->prev_gen->s[st->copied++];
  if (st->copied == st->prev_gen->n) {
    free(st->prev_gen);
    st->prev_gen = NULL;
  }
}

static const char *search(const struct gen *g, unsigned from, unsigned id) {
  for (unsigned i = from; i < g->n; i++)
    if (g->s[i].id == id)
      return g->s[i].data;
  return NULL;
}

const char *store_load(struct session_store *st, unsigned id) {
  const char *d = search(st->cur_gen, 0, id);
  if (!d && st->prev_gen)
    d = search(st->prev_gen, st->copied, id);
  return d;
}
