// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FRAME_H
#define FRAME_H
#include <stddef.h>
struct frame {
  char *name;
  unsigned char *data;
  size_t len;
  struct frame *next;
};
struct frame *frame_make(const char *name, const void *data, size_t len);
void frame_fini(struct frame *f);
void frame_list_clear(struct frame **head);
size_t frame_list_bytes(const struct frame *head);
#endif
