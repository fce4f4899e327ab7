// The table of the article: a field set when growing begins, released at the end.
// RUN: %suspects -o %t.json %s "hmap.oldbuckets: hmap.growing==0"
// RUN: %levels --suspects %t.json %s | FileCheck %s

#include <stdlib.h>
#include <string.h>

struct bucket {
  int key;
  struct bucket *next;
};

struct hmap {
  size_t n;
  struct bucket **buckets;
  struct bucket **oldbuckets;
  int growing;
};

static void grow(struct hmap *h) {
  h->oldbuckets = h->buckets;
  h->buckets = calloc(16, 8);
  h->growing = 1;
}

static struct bucket *find(struct hmap *h, int k) {
  if (h->growing && h->oldbuckets) {
    struct bucket *b = h->oldbuckets[k % 8];
    if (b)
      return b;
  }
  return h->buckets[k % 16];
}

static void done(struct hmap *h) {
  // The bug: oldbuckets is kept.
  h->growing = 0;
}

static void destroy(struct hmap *h) {
  free(h->buckets);
  free(h->oldbuckets);
  h->oldbuckets = NULL; // Dead for the optimizer, not for us.
  free(h);
}

int main(void) {
  struct hmap *h = calloc(1, sizeof *h);
  h->buckets = calloc(8, 8);
  // CHECK: store hmap.oldbuckets set grow:[[#@LINE-29]]
  // CHECK-NEXT: phase hmap.growing 1 grow:
  grow(h);
  // CHECK-NEXT: test hmap.oldbuckets set find:
  // CHECK-NEXT: use hmap.oldbuckets set find:
  find(h, 3);
  // CHECK-NEXT: phase hmap.growing 0 done:
  done(h);
  find(h, 3);
  // CHECK-NEXT: wipe hmap.oldbuckets 32 main:
  // CHECK-NEXT: copy hmap.oldbuckets 32 main:
  struct hmap *g = malloc(sizeof *g);
  memset(g, 0, sizeof *g);
  *g = *h;
  free(g);
  // CHECK-NEXT: release hmap.oldbuckets set destroy:
  // CHECK-NEXT: store hmap.oldbuckets null destroy:
  destroy(h);
  // CHECK-NOT: hmap
  return 0;
}
