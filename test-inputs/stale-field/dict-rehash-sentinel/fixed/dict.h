// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DICT_H
#define DICT_H
#include <stddef.h>
struct slot {
  struct slot *next;
  unsigned key;
  int value;
};
struct dict {
  struct slot **cur;
  struct slot **prev;
  size_t cur_size, prev_size, used;
  long rehash_at;
};
struct dict *dict_create(void);
int dict_set(struct dict *d, unsigned key, int value);
int dict_lookup(struct dict *d, unsigned key, int *value);
void dict_step(struct dict *d);
int dict_expand(struct dict *d);
void dict_destroy(struct dict *d);
#endif
