// A record on the stack owns tracked fields like one from malloc, until it goes.
// REQUIRES: runtime
// RUN: rm -rf %t && mkdir -p %t
// RUN: %suspects -o %t/s.json %s "hmap.oldbuckets: hmap.growing==0"
// RUN: for level in "-O0" "-O1" "-O2" "-O3" "-O2 -flto=thin -fuse-ld=lld"; do \
// RUN:   rm -f %t/*.retsan; echo "level $level"; \
// RUN:   retsan-clang --retsan-suspects=%t/s.json $level %s -o %t/prog && \
// RUN:   env RETSAN_OPTIONS=log_path=%t/p %t/prog && \
// RUN:   %python %inputs/profile.py %t/p.*.retsan | FileCheck %s || exit 1; \
// RUN: done
// CHECK: subject hmap.oldbuckets slots 4 {{.*}} dropped 0
// CHECK: state fp0 entered 4 confirmed 3 refuted 1
#include <stdlib.h>

struct hmap {
  void **buckets, **oldbuckets;
  int growing;
};

__attribute__((noinline)) void hmap_grow(struct hmap *h) {
  h->oldbuckets = h->buckets;
  h->buckets = calloc(64, sizeof(void *));
  h->growing = 1;
}
__attribute__((noinline)) void hmap_finish(struct hmap *h) { h->growing = 0; }
__attribute__((noinline)) void *hmap_old(struct hmap *h) {
  return h->oldbuckets[1];
}

// Inlined into its caller, three times.
static void *round_trip(int late) {
  struct hmap h = {0};
  void *r = NULL;
  h.buckets = calloc(32, sizeof(void *));
  hmap_grow(&h);
  hmap_finish(&h);
  if (late)
    r = hmap_old(&h);
  free(h.oldbuckets);
  free(h.buckets);
  return r;
}

int main(void) {
  struct hmap kept = {0};
  kept.buckets = calloc(16, sizeof(void *));
  hmap_grow(&kept);
  hmap_finish(&kept);
  for (int i = 0; i != 2; ++i)
    if (round_trip(0))
      return 1;
  return round_trip(1) != NULL;
}
