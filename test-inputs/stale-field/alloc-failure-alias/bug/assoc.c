// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A global item index that doubles in place.
#include <stdlib.h>

struct item {
  struct item *chain;
  unsigned hv;
};

static struct item **primary_table;
static struct item **old_table;
static unsigned power = 10;
static int expanding;
static unsigned long bucket;

void assoc_init(void) {
  primary_table = calloc(1ul << power, sizeof *primary_table);
  if (!primary_table)
    exit(1);
}

struct item *assoc_find(unsigned hv) {
  struct item *it;
  unsigned long old = hv & ((1ul << (power - 1)) - 1);
  if (expanding && old >= bucket)
    it = old_table[old];
  else
    it = primary_table[hv & ((1ul << power) - 1)];
  while (it && it->hv != hv)
    it = it->chain;
  return it;
}

void assoc_insert(struct item *it) {
  unsigned long old = it->hv & ((1ul << (power - 1)) - 1);
  struct item **slot = expanding && old >= bucket ? &old_table[old]
                                                  : &primary_table[it->hv & ((1ul << power) - 1)];
  it->chain = *slot;
  *slot = it;
}

void assoc_expand(void) {
  if (expanding)
    return;
  old_table = primary_table;
  primary_table = calloc(1ul << (power + 1), sizeof *primary_table);
  if (primary_table) {
    power++;
    expanding = 1;
    bucket = 0;
  } else {
    primary_table = old_table;
  }
}

void assoc_move_one(void) {
  if (!expanding)
    return;
  struct item *it = old_table[bucket], *next;
  for (; it; it = next) {
    next = it->chain;
    unsigned long to = it->hv & ((1ul << power) - 1);
    it->chain = primary_table[to];
    primary_table[to] = it;
  }
  old_table[bucket] = NULL;
  if (++bucket == 1ul << (power - 1)) {
    expanding = 0;
    free(old_table);
    old_table = NULL;
  }
}

int main(void) {
  assoc_init();
  for (unsigned i = 0; i < 5000; i++) {
    struct item *it = malloc(sizeof *it);
    if (!it)
      return 1;
    it->hv = i * 2654435761u;
    assoc_insert(it);
    assoc_move_one();
    if (i % 1024 == 0)
      assoc_expand();
  }
  return assoc_find(0) == NULL;
}
