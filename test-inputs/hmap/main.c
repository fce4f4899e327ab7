/* A server in small: many maps, each filled once and then only asked. They live
 * until the end, so what a map keeps without need is kept by all of them. */
#include "hmap.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_MAPS = 4096, ENTRIES = 2000, ROUNDS = 20 };

static struct hmap *maps[MAX_MAPS];

/* Fills, changes and empties one map, and checks each answer. */
static int self_check(void) {
  struct hmap *h = hmap_new();
  uint64_t value;
  if (!h)
    return 1;
  for (uint64_t k = 0; k < 5000; k++) {
    hmap_set(h, k, k * 3);
    if (!hmap_get(h, k / 2, &value) || value != k / 2 * 3)
      return 1;
  }
  for (uint64_t k = 0; k < 5000; k += 2) {
    if (!hmap_delete(h, k) || hmap_get(h, k, &value))
      return 1;
  }
  if (hmap_count(h) != 2500)
    return 1;
  hmap_free(h);
  return 0;
}

static char *render(uint64_t value) {
  char *page = malloc(4096);
  if (page)
    snprintf(page, 4096, "value %llu\n", (unsigned long long)value);
  return page;
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 200;
  if (n < 1 || n > MAX_MAPS) {
    fprintf(stderr, "usage: %s [MAPS, 1 to %d]\n", argv[0], MAX_MAPS);
    return 2;
  }
  if (self_check()) {
    fprintf(stderr, "the map gave a wrong answer\n");
    return 3;
  }
  for (int m = 0; m < n; m++) {
    maps[m] = hmap_new();
    if (!maps[m])
      return 3;
    for (uint64_t k = 0; k < ENTRIES; k++)
      hmap_set(maps[m], k * 0x9e3779b97f4a7c15u + m, k);
  }
  size_t hits = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int m = 0; m < n; m++) {
      uint64_t value, key = (uint64_t)round * 0x9e3779b97f4a7c15u + m;
      if (!hmap_get(maps[m], key, &value))
        continue;
      char *page = render(value);
      hits += page != NULL;
      free(page);
    }
  }
  printf("%d maps of %d entries, %zu pages served, heap in use: %zu bytes\n", n,
         ENTRIES, hits, mallinfo2().uordblks);
  return 0;
}
