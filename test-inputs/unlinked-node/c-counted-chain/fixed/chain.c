// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>

struct block {
  int refs;
  struct block *next;
  int id;
};

struct chain {
  struct block *head;
};

static struct block *block_ref(struct block *b) {
  if (b)
    b->refs++;
  return b;
}

static void block_unref(struct block *b) {
  while (b && --b->refs == 0) {
    struct block *n = b->next;
    free(b);
    b = n;
  }
}

struct chain *chain_new(void) { return calloc(1, sizeof(struct chain)); }

int chain_put(struct chain *c, int id) {
  struct block *b = calloc(1, sizeof *b);
  if (!b)
    return -1;
  b->refs = 1;
  b->id = id;
  b->next = c->head;
  c->head = b;
  return 0;
}

struct block *chain_take(struct chain *c) {
  struct block *b = c->head;
  if (!b)
    return NULL;
  c->head = b->next;
  b->next = NULL;
  return b;
}

void block_drop(struct block *b) { block_unref(b); }

void chain_free(struct chain *c) {
  block_unref(c->head);
  free(c);
}
