// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SPILL_H
#define SPILL_H
#include <stddef.h>
#define ROOM 65536u
struct spill {
  int fd;
  unsigned char *fill;
  size_t filled;
  unsigned char *pending;
  size_t sent;
};
struct spill *spill_new(int fd);
int spill_put(struct spill *s, const void *p, size_t n);
int spill_find(struct spill *s, unsigned char c);
int spill_push(struct spill *s);
void spill_free(struct spill *s);
#endif
