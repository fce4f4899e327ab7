// With the real runtime: the finding is confirmed, and the fix is silent.
// REQUIRES: runtime
// RUN: rm -rf %t && mkdir -p %t
// RUN: %suspects -o %t/s.json %s "hmap.oldbuckets: hmap.growing==0"
// RUN: retsan-clang --retsan-suspects=%t/s.json -O0 %s -o %t/bug0 && %t/bug0 2>&1 | FileCheck %s
// RUN: retsan-clang --retsan-suspects=%t/s.json -O2 %s -o %t/bug2 && %t/bug2 2>&1 | FileCheck %s
// RUN: retsan-clang --retsan-suspects=%t/s.json -O2 -flto=thin -fuse-ld=lld %s -o %t/bug3 && %t/bug3 2>&1 | FileCheck %s
// RUN: retsan-clang --retsan-suspects=%t/s.json -O2 -DFIXED %s -o %t/fixed && %t/fixed 2>&1 | FileCheck --check-prefix=FIXED %s
// RUN: retsan-clang --retsan-suspects=%t/s.json -O2 -DSHARED -fPIC -shared %s -o %t/libhmap.so
// RUN: retsan-clang --retsan-suspects=%t/s.json -O2 -DMAIN %s -L%t -lhmap -Wl,-rpath,%t -o %t/shared && %t/shared 2>&1 | FileCheck %s
// CHECK: hmap.oldbuckets
// CHECK-SAME: 16384 bytes
// FIXED-NOT: hmap.oldbuckets
// FIXED: done
#include <stdio.h>
#include <stdlib.h>

struct hmap {
  size_t n;
  void **buckets, **oldbuckets;
  int growing;
};
void *find(struct hmap *h, int k);
void grow(struct hmap *h);
void finish(struct hmap *h);

#ifndef MAIN
void grow(struct hmap *h) {
  h->oldbuckets = h->buckets;
  h->buckets = calloc(4096, sizeof(void *));
  h->growing = 1;
}
void finish(struct hmap *h) {
#ifdef FIXED
  free(h->oldbuckets);
  h->oldbuckets = NULL;
#endif
  h->growing = 0;
}
void *find(struct hmap *h, int k) {
  if (h->growing && h->oldbuckets)
    return h->oldbuckets[k];
  return h->buckets[k];
}
#endif

#ifndef SHARED
static struct hmap *table;
int main(void) {
  table = calloc(1, sizeof *table);
  table->buckets = calloc(2048, sizeof(void *));
  grow(table);
  find(table, 1);
  finish(table);
  fprintf(stderr, "done %d\n", find(table, 2) != NULL);
  return 0;
}
#endif
