// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tree.h"
#include <stdlib.h>

struct tree *tree_new(void) { return calloc(1, sizeof(struct tree)); }

struct item *tree_add(struct tree *t, struct item *parent, int id) {
  struct item *i = calloc(1, sizeof *i);
  if (!i)
    return NULL;
  struct item **pp = parent ? &parent->child : &t->root;
  i->id = id;
  i->next = *pp;
  *pp = i;
  return i;
}

int tree_select(struct tree *t, int id) {
  for (struct item *i = t->root; i; i = i->next)
    if (i->id == id) {
      t->selected = i;
      return 0;
    }
  return -1;
}

int tree_selected(const struct tree *t) { return t->selected ? t->selected->id : -1; }
