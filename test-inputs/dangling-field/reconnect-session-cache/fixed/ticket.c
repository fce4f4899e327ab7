// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "link.h"
#include <stdlib.h>
#include <string.h>

void ticket_free(struct ticket *t) {
  if (!t)
    return;
  memset(t->id, 0, sizeof t->id);
  free(t);
}
