// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frame.h"
#include <stdlib.h>

void frame_list_clear(struct frame **head) {
  struct frame *f = *head;
  *head = NULL;
  while (f) {
    struct frame *next = f->next;
    frame_fini(f);
    free(f);
    f = next;
  }
}

size_t frame_list_bytes(const struct frame *head) {
  size_t n = 0;
  for (; head; head = head->next)
    n += head->len;
  return n;
}
