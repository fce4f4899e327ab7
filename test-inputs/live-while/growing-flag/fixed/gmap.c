// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>
#include <string.h>

struct gmap {
  long *buckets;
  long *oldbuckets RETSAN_LIVE_WHILE(growing);
  size_t n, nold, at;
  int growing;
};

struct gmap *gmap_new(size_t n) {
  struct gmap *m = calloc(1, sizeof *m);
  if (!m)
    return NULL;
  m->buckets = calloc(n, sizeof *m->buckets);
  if (!m->buckets) {
    free(m);
    return NULL;
  }
  m->n = n;
  return m;
}

int gmap_grow(struct gmap *m) {
  if (m->growing)
    return -1;
  long *fresh = calloc(m->n * 2, sizeof *fresh);
  if (!fresh)
    return -1;
  m->oldbuckets = m->buckets;
  m->nold = m->n;
  m->buckets = fresh;
  m->n *= 2;
  m->at = 0;
  m->growing = 1;
  return 0;
}

void gmap_step(struct gmap *m) {
  if (!m->growing)
    return;
  m->buckets[m->at] = m->oldbuckets[m->at];
  if (++m->at == m->nold) {
    free(m->oldbuckets);
    m->oldbuckets = NULL;
    m->growing = 0;
  }
}

/* Copies all that is left at once. */
void gmap_finish(struct gmap *m) {
  if (!m->growing)
    return;
  memcpy(m->buckets + m->at, m->oldbuckets + m->at, (m->nold - m->at) * sizeof *m->buckets);
  m->at = m->nold;
  free(m->oldbuckets);
  m->oldbuckets = NULL;
  m->growing = 0;
}

long gmap_get(const struct gmap *m, size_t i) {
  if (m->growing && i < m->nold && i >= m->at)
    return m->oldbuckets[i];
  return i < m->n ? m->buckets[i] : 0;
}
