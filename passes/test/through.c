/* Stores and loads through an address that a function returned: the link that leads to
 * an element, a slot that a helper chose.
 * RUN: %suspects -o %t.json %s "elem.next" "table.first"
 * RUN: %levels --suspects %t.json %s | FileCheck %s
 */
#include <stdlib.h>

struct elem {
  int key;
  struct elem *next;
};
struct table {
  struct elem *first;
  struct elem *buckets[2];
};

static struct elem **link_of(struct table *t, int key) {
  struct elem **l = key < 10 ? &t->first : &t->buckets[key & 1];
  while (*l && (*l)->key != key)
    l = &(*l)->next;
  return l;
}
/* One that only hands on, and one that everybody may call: there the address is known
 * to callers that are not seen. */
static struct elem **again(struct table *t, int key) { return link_of(t, key); }
struct elem **slot_of(struct elem *e) { return &e->next; }

__attribute__((noinline)) static struct elem *make(int key) {
  struct elem *e = malloc(sizeof *e);
  e->key = key;
  // CHECK: store elem.next null make:[[#@LINE+1]]
  e->next = NULL;
  return e;
}

int main(void) {
  struct table *t = calloc(1, sizeof *t);
  struct elem *one = make(1), *two = make(2), *ten = make(10);
  // CHECK: refresh table.first null link_of
  // CHECK-NEXT: store table.first set main:[[#@LINE+1]]
  *again(t, 1) = one;
  // CHECK: refresh elem.next null link_of
  // CHECK-NEXT: store elem.next set main:[[#@LINE+1]]
  *link_of(t, 2) = two;
  // The element of an array that nobody suspects: nothing.
  *link_of(t, 10) = ten;
  // CHECK: refresh elem.next set link_of
  // CHECK-NEXT: use elem.next set main:[[#@LINE+2]]
  struct elem **l = link_of(t, 2);
  int sum = (*l)->key;
  // CHECK-NEXT: store elem.next null main:[[#@LINE+1]]
  *l = NULL;
  // CHECK-NEXT: escape elem.next null slot_of
  // CHECK-NEXT: store elem.next set main:[[#@LINE+1]]
  *slot_of(two) = ten;
  // CHECK: release elem.next set main:[[#@LINE+1]]
  free(two->next);
  free(one);
  free(two);
  free(t);
  return sum != 2;
}
