// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A chained hash map that moves its entries bit by bit after growing.
#include <stdlib.h>
#include <string.h>

struct entry {
  struct entry *next;
  unsigned long hash;
  char *key;
  void *value;
};

struct hmap {
  struct entry **buckets;
  struct entry **oldbuckets;
  size_t nbuckets, noldbuckets;
  size_t count, nevac;
  int growing;
};

static unsigned long hash_key(const char *s) {
  unsigned long h = 5381;
  while (*s)
    h = h * 33 + (unsigned char)*s++;
  return h;
}

struct hmap *hmap_new(void) {
  struct hmap *h = calloc(1, sizeof *h);
  if (!h)
    return NULL;
  h->nbuckets = 8;
  h->buckets = calloc(h->nbuckets, sizeof *h->buckets);
  if (!h->buckets) {
    free(h);
    return NULL;
  }
  return h;
}

static void evacuate_one(struct hmap *h) {
  struct entry *e = h->oldbuckets[h->nevac];
  h->oldbuckets[h->nevac] = NULL;
  while (e) {
    struct entry *next = e->next;
    size_t i = e->hash % h->nbuckets;
    e->next = h->buckets[i];
    h->buckets[i] = e;
    e = next;
  }
  if (++h->nevac == h->noldbuckets) {
    h->noldbuckets = 0;
    h->growing = 0;
  }
}

static void grow(struct hmap *h) {
  struct entry **fresh = calloc(h->nbuckets * 2, sizeof *fresh);
  if (!fresh)
    return;
  free(h->oldbuckets);
  h->oldbuckets = h->buckets;
  h->noldbuckets = h->nbuckets;
  h->buckets = fresh;
  h->nbuckets *= 2;
  h->nevac = 0;
  h->growing = 1;
}

static struct entry *find_in(struct entry *e, const char *key) {
  for (; e; e = e->next)
    if (strcmp(e->key, key) == 0)
      return e;
  return NULL;
}

void *hmap_get(struct hmap *h, const char *key) {
  unsigned long hash = hash_key(key);
  struct entry *e = find_in(h->buckets[hash % h->nbuckets], key);
  if (!e && h->growing)
    e = find_in(h->oldbuckets[hash % h->noldbuckets], key);
  return e ? e->value : NULL;
}

int hmap_put(struct hmap *h, const char *key, void *value) {
  unsigned long hash = hash_key(key);
  if (h->growing)
    evacuate_one(h);
  else if (h->count > h->nbuckets)
    grow(h);
  struct entry *e = malloc(sizeof *e);
  if (!e)
    return -1;
  e->key = strdup(key);
  e->hash = hash;
  e->value = value;
  e->next = h->buckets[hash % h->nbuckets];
  h->buckets[hash % h->nbuckets] = e;
  h->count++;
  return 0;
}

size_t hmap_count(const struct hmap *h) { return h->count; }
