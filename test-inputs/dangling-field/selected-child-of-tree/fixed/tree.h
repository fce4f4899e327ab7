// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
struct item {
  struct item *child, *next;
  int id;
};
struct tree {
  struct item *root;
  struct item *selected;
};
struct tree *tree_new(void);
struct item *tree_add(struct tree *t, struct item *parent, int id);
int tree_select(struct tree *t, int id);
int tree_selected(const struct tree *t);
void tree_remove(struct tree *t, struct item *parent, int id);
