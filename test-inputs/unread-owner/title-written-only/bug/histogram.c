// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct histogram {
  unsigned long *counts;
  char *title;
  unsigned n;
};

struct histogram *histogram_new(unsigned n) {
  struct histogram *h = calloc(1, sizeof *h);
  if (!h)
    return NULL;
  h->counts = calloc(n, sizeof *h->counts);
  if (!h->counts) {
    free(h);
    return NULL;
  }
  h->n = n;
  return h;
}

int histogram_set_title(struct histogram *h, const char *title) {
  char *copy = strdup(title);
  if (!copy)
    return -1;
  free(h->title);
  h->title = copy;
  return 0;
}

void histogram_add(struct histogram *h, unsigned i) {
  if (i < h->n)
    h->counts[i]++;
}

unsigned long histogram_get(const struct histogram *h, unsigned i) {
  return i < h->n ? h->counts[i] : 0;
}

void histogram_clear(struct histogram *h) { memset(h->counts, 0, h->n * sizeof *h->counts); }

unsigned histogram_max(const struct histogram *h) {
  unsigned best = 0;
  for (unsigned i = 1; i < h->n; i++)
    if (h->counts[i] > h->counts[best])
      best = i;
  return best;
}

void histogram_free(struct histogram *h) {
  free(h->title);
  free(h->counts);
  free(h);
}
