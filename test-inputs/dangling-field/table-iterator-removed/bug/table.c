// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>

struct tnode {
  struct tnode *next;
  int key, value;
};

struct table {
  struct tnode *slots[32];
  struct tnode *iter;
  unsigned bucket;
};

struct table *table_new(void) { return calloc(1, sizeof(struct table)); }

int table_put(struct table *t, int key, int value) {
  struct tnode *n = malloc(sizeof *n);
  if (!n)
    return -1;
  n->key = key;
  n->value = value;
  n->next = t->slots[(unsigned)key % 32];
  t->slots[(unsigned)key % 32] = n;
  return 0;
}

int table_remove(struct table *t, int key) {
  struct tnode **pp = &t->slots[(unsigned)key % 32];
  for (; *pp; pp = &(*pp)->next)
    if ((*pp)->key == key) {
      struct tnode *dead = *pp;
      *pp = dead->next;
      free(dead);
      return 0;
    }
  return -1;
}

void table_rewind(struct table *t) {
  t->bucket = 0;
  t->iter = t->slots[0];
}

int table_next(struct table *t, int *value) {
  while (!t->iter) {
    if (++t->bucket >= 32)
      return 0;
    t->iter = t->slots[t->bucket];
  }
  *value = t->iter->value;
  t->iter = t->iter->next;
  return 1;
}

void table_free(struct table *t) {
  for (unsigned i = 0; i < 32; i++)
    while (t->slots[i]) {
      struct tnode *n = t->slots[i];
      t->slots[i] = n->next;
      free(n);
    }
  free(t);
}
