// An address that is that of one field on one path and of another on another path.
// RUN: %suspects -o %t.json %s "list.head" "node.next" "list.tail" "list.tab"
// RUN: %levels --suspects %t.json %s | FileCheck %s

#include <stdlib.h>

struct node {
  int key;
  struct node *next;
};
struct list {
  struct node *head, *tail;
  void *tab[3];
};

__attribute__((noinline)) static void unlink_key(struct list *l, int key) {
  struct node **pp = &l->head;
  while (*pp && (*pp)->key != key)
    pp = &(*pp)->next;
  *pp = (*pp)->next;
}

__attribute__((noinline)) static struct node *either(struct list *l, int last) {
  return *(last ? &l->tail : &l->head);
}

__attribute__((noinline)) static void walk_table(struct list *l) {
  for (void **pp = l->tab, **end = l->tab + 3; pp != end; ++pp)
    *pp = l;
}

static void clear(void **pp) {
  free(*pp);
  *pp = NULL;
}

static int is_set(void **pp) { return *pp != NULL; }

__attribute__((noinline)) static struct node *local_or_field(struct list *l, int f) {
  struct node *mine = l->tail;
  struct node **pp = f ? &l->head : &mine;
  return *pp;
}

int main(void) {
  struct list *l = calloc(1, sizeof *l);
  struct node *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
  a->key = 1;
  b->key = 2;
  // CHECK: store list.head set main:
  l->head = a;
  // CHECK-NEXT: store node.next set main:
  a->next = b;
  // The first link is the list's, the second the node's.
  // CHECK-NEXT: test list.head set unlink_key:18
  // CHECK-NEXT: use list.head set unlink_key:18
  // CHECK-NEXT: use list.head set unlink_key:19
  // CHECK-NEXT: test node.next set unlink_key:18
  // CHECK-NEXT: use node.next set unlink_key:18
  // CHECK-NEXT: use node.next set unlink_key:20
  // CHECK-NEXT: use node.next null unlink_key:20
  // CHECK-NEXT: store node.next null unlink_key:20
  unlink_key(l, 2);
  // CHECK-NEXT: use list.head set either:24
  either(l, 0);
  // CHECK-NEXT: use list.tail null either:24
  either(l, 1);
  // CHECK-NEXT: store list.tab set walk_table:29
  // CHECK-NEXT: store list.tab set walk_table:29
  // CHECK-NEXT: store list.tab set walk_table:29
  walk_table(l);
  // A helper in the same file is as good as its body.
  // CHECK-NEXT: owner-test list.head set main:[[#@LINE+1]]
  if (is_set((void **)&l->head))
    // CHECK-NEXT: owner-release list.head set main:[[#@LINE+2]]
    // CHECK-NEXT: refresh list.head null main:[[#@LINE+1]]
    clear((void **)&l->head);
  // CHECK-NEXT: use list.tail null local_or_field:
  // CHECK-NEXT: use list.head null local_or_field:
  local_or_field(l, 1);
  // CHECK-NEXT: use list.tail null local_or_field:
  local_or_field(l, 0);
  // CHECK-NOT: list
  free(b);
  free(l);
  return 0;
}
