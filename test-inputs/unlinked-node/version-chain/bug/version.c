// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "version.h"
#include <stdlib.h>

struct version *version_ref(struct version *v) {
  if (v)
    v->refs++;
  return v;
}

void version_unref(struct version *v) {
  while (v && --v->refs == 0) {
    struct version *older = v->older;
    free(v);
    v = older;
  }
}

struct version *version_make(struct version *older, unsigned long number) {
  struct version *v = calloc(1, sizeof *v);
  if (!v)
    return NULL;
  v->refs = 1;
  v->number = number;
  v->older = older;
  return v;
}
