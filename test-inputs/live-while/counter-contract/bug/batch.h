// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef BATCH_H
#define BATCH_H
#include <retsan/annotations.h>
#include <stddef.h>
struct batch {
  unsigned nrows;
  long *rows RETSAN_LIVE_WHILE(nrows > 0);
  unsigned cap;
};
struct batch *batch_new(void);
int batch_add(struct batch *b, long v);
int batch_remove(struct batch *b, long v);
long batch_sum(const struct batch *b);
void batch_free(struct batch *b);
#endif
