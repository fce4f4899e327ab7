// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>

struct node {
  struct node *next;
  unsigned key;
  void *val;
};

struct dict {
  struct node **table[2];
  unsigned long size[2], used[2];
  long rehash;
};

static void reset(struct dict *d, int i) {
  d->table[i] = NULL;
  d->size[i] = 0;
  d->used[i] = 0;
}

struct dict *dict_new(void) {
  struct dict *d = malloc(sizeof *d);
  if (!d)
    return NULL;
  reset(d, 0);
  reset(d, 1);
  d->rehash = -1;
  return d;
}

static void step(struct dict *d) {
  while (d->rehash < (long)d->size[0] && !d->table[0][d->rehash])
    d->rehash++;
  if (d->rehash < (long)d->size[0]) {
    struct node *n = d->table[0][d->rehash], *next;
    for (; n; n = next) {
      next = n->next;
      n->next = d->table[1][n->key % d->size[1]];
      d->table[1][n->key % d->size[1]] = n;
      d->used[0]--;
      d->used[1]++;
    }
    d->table[0][d->rehash++] = NULL;
  }
  if (d->used[0] == 0) {
    free(d->table[0]);
    d->table[0] = d->table[1];
    d->size[0] = d->size[1];
    d->used[0] = d->used[1];
    reset(d, 1);
    d->rehash = -1;
  }
}

static int expand(struct dict *d) {
  unsigned long size = d->size[0] ? d->size[0] * 2 : 4;
  struct node **t = calloc(size, sizeof *t);
  if (!t)
    return -1;
  int i = d->table[0] ? 1 : 0;
  d->table[i] = t;
  d->size[i] = size;
  d->used[i] = 0;
  if (i == 1)
    d->rehash = 0;
  return 0;
}

int dict_add(struct dict *d, unsigned key, void *val) {
  if (d->rehash >= 0)
    step(d);
  if (d->rehash < 0 && d->used[0] >= d->size[0] && expand(d) < 0)
    return -1;
  struct node *n = malloc(sizeof *n);
  if (!n)
    return -1;
  int i = d->rehash >= 0;
  n->key = key;
  n->val = val;
  n->next = d->table[i][key % d->size[i]];
  d->table[i][key % d->size[i]] = n;
  d->used[i]++;
  return 0;
}

void *dict_find(struct dict *d, unsigned key) {
  if (d->used[0] + d->used[1] == 0)
    return NULL;
  if (d->rehash >= 0)
    step(d);
  for (int i = 0; i <= (d->rehash >= 0); i++)
    for (struct node *n = d->table[i][key % d->size[i]]; n; n = n->next)
      if (n->key == key)
        return n->val;
  return NULL;
}
