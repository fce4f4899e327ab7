#include "../hmap.h"

#include <stdlib.h>
#include <string.h>

/* tophash of an entry: 0 is an empty entry, 1 marks (in entry 0) a bucket whose
 * entries have all moved on; real hashes start at 2. */
enum { SLOTS = 8, TOP_EMPTY = 0, TOP_EVACUATED = 1, TOP_MIN = 2 };

struct bucket {
  uint8_t tophash[SLOTS];
  uint64_t keys[SLOTS];
  uint64_t values[SLOTS];
  struct bucket *overflow;
};

struct hmap {
  size_t count;
  unsigned B; /* 2^B buckets */
  bool growing;
  size_t nevacuate; /* old buckets below this one have moved */
  struct bucket *buckets;
  struct bucket *oldbuckets; /* half as many; only read while growing */
};

static uint64_t hash_key(uint64_t key) {
  key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9u;
  key = (key ^ (key >> 27)) * 0x94d049bb133111ebu;
  return key ^ (key >> 31);
}

static uint8_t top_of(uint64_t hash) {
  uint8_t top = (uint8_t)(hash >> 56);
  return top < TOP_MIN ? top + TOP_MIN : top;
}

struct hmap *hmap_new(void) {
  struct hmap *h = calloc(1, sizeof *h);
  if (!h)
    return NULL;
  h->buckets = calloc(1, sizeof *h->buckets);
  if (!h->buckets) {
    free(h);
    return NULL;
  }
  return h;
}

static void free_overflow(struct bucket *b) {
  struct bucket *next = b->overflow;
  b->overflow = NULL;
  while (next) {
    struct bucket *dead = next;
    next = dead->overflow;
    free(dead);
  }
}

void hmap_free(struct hmap *h) {
  if (!h)
    return;
  for (size_t i = 0; i < (size_t)1 << h->B; i++)
    free_overflow(&h->buckets[i]);
  if (h->growing) {
    for (size_t i = 0; i < (size_t)1 << (h->B - 1); i++)
      free_overflow(&h->oldbuckets[i]);
  }
  free(h->oldbuckets);
  free(h->buckets);
  free(h);
}

/* Writes an entry that is not in the chain yet. */
static void bucket_add(struct bucket *b, uint8_t top, uint64_t key,
                       uint64_t value) {
  for (;;) {
    for (int i = 0; i < SLOTS; i++) {
      if (b->tophash[i] >= TOP_MIN)
        continue;
      b->tophash[i] = top;
      b->keys[i] = key;
      b->values[i] = value;
      return;
    }
    if (!b->overflow) {
      b->overflow = calloc(1, sizeof *b->overflow);
      if (!b->overflow)
        abort(); /* A half-moved bucket has no way back. */
    }
    b = b->overflow;
  }
}

static uint64_t *bucket_find(struct bucket *b, uint8_t top, uint64_t key,
                             uint8_t **top_slot) {
  for (; b; b = b->overflow) {
    for (int i = 0; i < SLOTS; i++) {
      if (b->tophash[i] != top || b->keys[i] != key)
        continue;
      if (top_slot)
        *top_slot = &b->tophash[i];
      return &b->values[i];
    }
  }
  return NULL;
}

/* Moves old bucket `i` to the new array. */
static void evacuate(struct hmap *h, size_t i) {
  struct bucket *old = &h->oldbuckets[i];
  size_t mask = ((size_t)1 << h->B) - 1;
  if (old->tophash[0] == TOP_EVACUATED)
    return;
  for (struct bucket *b = old; b; b = b->overflow) {
    for (int s = 0; s < SLOTS; s++) {
      if (b->tophash[s] < TOP_MIN)
        continue;
      bucket_add(&h->buckets[hash_key(b->keys[s]) & mask], b->tophash[s],
                 b->keys[s], b->values[s]);
    }
  }
  free_overflow(old);
  memset(old->tophash, TOP_EMPTY, sizeof old->tophash);
  old->tophash[0] = TOP_EVACUATED;
}

static void start_growth(struct hmap *h) {
  struct bucket *fresh = calloc((size_t)2 << h->B, sizeof *fresh);
  if (!fresh)
    return; /* Overflow buckets serve until memory is back. */
  h->oldbuckets = h->buckets;
  h->buckets = fresh;
  h->B++;
  h->nevacuate = 0;
  h->growing = true;
}

/* Moves the bucket that `hash` falls into, and the next one in order. */
static void growth_step(struct hmap *h, uint64_t hash) {
  size_t oldcount = (size_t)1 << (h->B - 1);
  evacuate(h, hash & (oldcount - 1));
  evacuate(h, h->nevacuate);
  while (h->nevacuate < oldcount &&
         h->oldbuckets[h->nevacuate].tophash[0] == TOP_EVACUATED)
    h->nevacuate++;
  if (h->nevacuate == oldcount) {
    h->growing = false;
    free(h->oldbuckets);
    h->oldbuckets = NULL;
  }
}

/* The chain that holds the entries of `hash`: an old bucket until it has moved. */
static struct bucket *chain_of(struct hmap *h, uint64_t hash) {
  if (h->growing) {
    size_t oldmask = ((size_t)1 << (h->B - 1)) - 1;
    struct bucket *old = &h->oldbuckets[hash & oldmask];
    if (old->tophash[0] != TOP_EVACUATED)
      return old;
  }
  return &h->buckets[hash & (((size_t)1 << h->B) - 1)];
}

void hmap_set(struct hmap *h, uint64_t key, uint64_t value) {
  uint64_t hash = hash_key(key);
  if (!h->growing && h->count >= 13 * ((size_t)1 << h->B) / 2)
    start_growth(h);
  if (h->growing)
    growth_step(h, hash);
  struct bucket *b = chain_of(h, hash);
  uint64_t *slot = bucket_find(b, top_of(hash), key, NULL);
  if (slot) {
    *slot = value;
    return;
  }
  bucket_add(b, top_of(hash), key, value);
  h->count++;
}

bool hmap_get(struct hmap *h, uint64_t key, uint64_t *value) {
  uint64_t hash = hash_key(key);
  if (h->growing)
    growth_step(h, hash);
  uint64_t *slot = bucket_find(chain_of(h, hash), top_of(hash), key, NULL);
  if (!slot)
    return false;
  *value = *slot;
  return true;
}

bool hmap_delete(struct hmap *h, uint64_t key) {
  uint64_t hash = hash_key(key);
  uint8_t *top;
  if (h->growing)
    growth_step(h, hash);
  if (!bucket_find(chain_of(h, hash), top_of(hash), key, &top))
    return false;
  *top = TOP_EMPTY;
  h->count--;
  return true;
}

size_t hmap_count(const struct hmap *h) { return h->count; }
