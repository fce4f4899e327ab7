// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spill.h"
#include <string.h>

int spill_find(struct spill *s, unsigned char c) {
  if (memchr(s->fill, c, s->filled))
    return 1;
  if (s->pending && memchr(s->pending + s->sent, c, ROOM - s->sent))
    return 2;
  return 0;
}
