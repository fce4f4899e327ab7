// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tree.h"
#include <stdlib.h>

static void item_free(struct item *i) {
  while (i->child) {
    struct item *c = i->child;
    i->child = c->next;
    item_free(c);
  }
  free(i);
}

void tree_remove(struct tree *t, struct item *parent, int id) {
  struct item **pp = parent ? &parent->child : &t->root;
  for (; *pp; pp = &(*pp)->next)
    if ((*pp)->id == id) {
      struct item *dead = *pp;
      *pp = dead->next;
      item_free(dead);
      return;
    }
}
