// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frame.h"
#include <stdlib.h>
#include <string.h>

struct frame *frame_make(const char *name, const void *data, size_t len) {
  struct frame *f = calloc(1, sizeof *f);
  if (!f)
    return NULL;
  f->name = strdup(name);
  f->data = malloc(len ? len : 1);
  if (!f->name || !f->data) {
    frame_fini(f);
    free(f);
    return NULL;
  }
  memcpy(f->data, data, len);
  f->len = len;
  return f;
}

void frame_fini(struct frame *f) {
  free(f->name);
  free(f->data);
}
