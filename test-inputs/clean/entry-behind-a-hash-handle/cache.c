// Entries are taken out of the table, by the handle in them, before they are
// freed; the head goes on with the next one.
#include "cache.h"
#include <stdlib.h>
#include <string.h>

static void take_out(struct cache *c, struct entry *e) {
  if (!e->h.before && !e->h.after) {
    c->head = NULL;
    return;
  }
  if (e->h.before)
    ((struct entry *)e->h.before)->h.after = e->h.after;
  else
    c->head = e->h.after;
  if (e->h.after)
    ((struct entry *)e->h.after)->h.before = e->h.before;
}

void cache_delete(struct cache *c, struct entry *e) {
  if (e)
    take_out(c, e);
  if (e)
    free(e->key);
  free(e);
}

struct entry *cache_find(struct cache *c, const char *key) {
  struct entry *e = c->head;
  while (e && strcmp(e->key, key))
    e = e->h.after;
  return e;
}

int cache_add(struct cache *c, const char *key) {
  struct entry *e = calloc(1, sizeof *e);
  if (!e)
    return 0;
  e->key = strdup(key);
  e->h.after = c->head;
  if (c->head)
    c->head->h.before = e;
  c->head = e;
  return 1;
}

void cache_expire(struct cache *c) {
  struct entry *e = c->head, *next;
  for (; e; e = next) {
    next = e->h.after;
    if (!e->busy && c->limit)
      cache_delete(c, e);
  }
}

void cache_free(struct cache *c) {
  struct entry *e = c->head, *next;
  for (; e; e = next) {
    next = e->h.after;
    cache_delete(c, e);
  }
  free(c);
}

struct cache *cache_new(int limit) {
  struct cache *c = calloc(1, sizeof *c);
  if (c)
    c->limit = limit;
  return c;
}
