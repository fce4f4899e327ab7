// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "batch.h"
#include <stdlib.h>

struct batch *batch_new(void) { return calloc(1, sizeof(struct batch)); }

int batch_add(struct batch *b, long v) {
  if (b->nrows == b->cap || !b->rows) {
    unsigned cap = b->rows ? b->cap * 2 : 8;
    long *rows = realloc(b->rows, cap * sizeof *rows);
    if (!rows)
      return -1;
    b->rows = rows;
    b->cap = cap;
  }
  b->rows[b->nrows++] = v;
  return 0;
}

int batch_remove(struct batch *b, long v) {
  for (unsigned i = 0; i < b->nrows; i++)
    if (b->rows[i] == v) {
      b->rows[i] = b->rows[b->nrows - 1];
      b->nrows--;
      return 0;
    }
  return -1;
}

void batch_free(struct batch *b) {
  free(b->rows);
  free(b);
}
