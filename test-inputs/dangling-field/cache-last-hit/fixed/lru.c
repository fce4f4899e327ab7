// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small cache with a memo of the entry found last.
#include <stdlib.h>
#include <string.h>

struct entry {
  struct entry *next;
  char key[32];
  long value;
};

struct lru {
  struct entry *head;
  struct entry *last;
  size_t count, max;
};

struct lru *lru_new(size_t max) {
  struct lru *c = calloc(1, sizeof *c);
  if (c)
    c->max = max ? max : 1;
  return c;
}

static void evict_tail(struct lru *c) {
  struct entry **pp = &c->head;
  if (!*pp)
    return;
  while ((*pp)->next)
    pp = &(*pp)->next;
  struct entry *victim = *pp;
  *pp = NULL;
  if (c->last == victim)
    c->last = NULL;
  free(victim);
  c->count--;
}

long *lru_find(struct lru *c, const char *key) {
  if (c->last && strcmp(c->last->key, key) == 0)
    return &c->last->value;
  for (struct entry *e = c->head; e; e = e->next)
    if (strcmp(e->key, key) == 0) {
      c->last = e;
      return &e->value;
    }
  return NULL;
}

int lru_insert(struct lru *c, const char *key, long value) {
  if (strlen(key) >= sizeof c->head->key)
    return -1;
  while (c->count >= c->max)
    evict_tail(c);
  struct entry *e = malloc(sizeof *e);
  if (!e)
    return -1;
  strcpy(e->key, key);
  e->value = value;
  e->next = c->head;
  c->head = e;
  c->last = e;
  c->count++;
  return 0;
}

size_t lru_count(const struct lru *c) { return c->count; }

void lru_free(struct lru *c) {
  c->last = NULL;
  while (c->head)
    evict_tail(c);
  free(c);
}
