// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "batch.h"

long batch_sum(const struct batch *b) {
  long sum = 0;
  for (unsigned i = 0; i < b->nrows; i++)
    sum += b->rows[i];
  return sum;
}
