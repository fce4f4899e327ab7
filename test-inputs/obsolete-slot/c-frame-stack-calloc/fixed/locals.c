// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "interp.h"

int interp_store(struct interp *in, int i, long v) {
  if (in->depth == 0 || i < 0 || i >= in->nlocals[in->depth - 1])
    return -1;
  in->frames[in->depth - 1][i] = v;
  return 0;
}

long interp_load(const struct interp *in, int i) {
  if (in->depth == 0 || i < 0 || i >= in->nlocals[in->depth - 1])
    return 0;
  return in->frames[in->depth - 1][i];
}
