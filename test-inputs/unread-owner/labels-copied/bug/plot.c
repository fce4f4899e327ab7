// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plot {
  char **labels;
  double *values;
  unsigned n;
};

struct plot *plot_new(const double *v, const char *const *labels, unsigned n) {
  struct plot *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->values = malloc(n * sizeof *p->values);
  p->labels = calloc(n, sizeof *p->labels);
  if (!p->values || !p->labels) {
    free(p->values);
    free(p->labels);
    free(p);
    return NULL;
  }
  memcpy(p->values, v, n * sizeof *v);
  for (unsigned i = 0; i < n; i++)
    p->labels[i] = strdup(labels[i]);
  p->n = n;
  return p;
}

void plot_draw(const struct plot *p) {
  for (unsigned i = 0; i < p->n; i++)
    printf("%u %f\n", i, p->values[i]);
}

void plot_free(struct plot *p) {
  for (unsigned i = 0; i < p->n; i++)
    free(p->labels[i]);
  free(p->labels);
  free(p->values);
  free(p);
}
