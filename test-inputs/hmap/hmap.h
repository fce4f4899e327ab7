/* A hash table that grows as Go's map did until 1.23: the bucket array doubles,
 * and every later operation moves a few buckets from the old array to the new
 * one. No single call pays for the whole move.
 *
 * Unlike Go's, a lookup helps to move too, so a growth cannot stall. */
#ifndef HMAP_H
#define HMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hmap;

/* Returns NULL if memory is out. */
struct hmap *hmap_new(void);
void hmap_free(struct hmap *h);

void hmap_set(struct hmap *h, uint64_t key, uint64_t value);
bool hmap_get(struct hmap *h, uint64_t key, uint64_t *value);
bool hmap_delete(struct hmap *h, uint64_t key);
size_t hmap_count(const struct hmap *h);

#endif
