// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VDICT_H
#define VDICT_H
#include <stddef.h>
struct vdict {
  long *cur;
  long *prev;
  size_t cap, prev_cap, pos, used;
  struct vdict *next_value;
};
struct vdict *vdict_new(void);
int vdict_add(struct vdict *d, long key);
int vdict_has(const struct vdict *d, long key);
int vdict_step(struct vdict *d, size_t n);
#endif
