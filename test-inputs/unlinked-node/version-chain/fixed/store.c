// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "version.h"
#include <stddef.h>

static struct version *newest;

int version_commit(void) {
  struct version *v = version_make(newest, newest ? newest->number + 1 : 1);
  if (!v)
    return -1;
  newest = v;
  return 0;
}

struct version *version_pin(unsigned long number) {
  for (struct version *v = newest; v; v = v->older)
    if (v->number == number)
      return version_ref(v);
  return NULL;
}

int version_drop(unsigned long number) {
  for (struct version *v = newest; v && v->older; v = v->older) {
    struct version *gone = v->older;
    if (gone->number != number)
      continue;
    v->older = gone->older;
    gone->older = NULL;
    version_unref(gone);
    return 0;
  }
  return -1;
}
