// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "interp.h"
#include <stdlib.h>

struct interp *interp_new(void) { return calloc(1, sizeof(struct interp)); }

int interp_call(struct interp *in, int nlocals) {
  if (in->depth == MAXDEPTH || nlocals <= 0)
    return -1;
  long *locals = calloc((size_t)nlocals, sizeof *locals);
  if (!locals)
    return -1;
  free(in->frames[in->depth]);
  in->frames[in->depth] = locals;
  in->nlocals[in->depth] = nlocals;
  in->depth++;
  in->calls++;
  return 0;
}

int interp_return(struct interp *in, long *result) {
  if (in->depth == 0)
    return -1;
  in->depth--;
  *result = in->frames[in->depth][0];
  return in->depth;
}

void interp_free(struct interp *in) {
  for (int i = 0; i < MAXDEPTH; i++)
    free(in->frames[i]);
  free(in);
}
