// The modes besides `suspects`, at each level: which field drags, how long memory was
// idle, who holds it.
// REQUIRES: runtime
// RUN: rm -rf %t && mkdir -p %t
// RUN: for level in "-O0" "-O1" "-O2" "-O3" "-O2 -flto=thin -fuse-ld=lld" "-O2 -flto -fuse-ld=lld"; do \
// RUN:   rm -f %t/*.retsan; echo "level $level"; \
// RUN:   retsan-clang --retsan-mode=all $level %s -o %t/all && \
// RUN:   env RETSAN_OPTIONS=log_path=%t/all %t/all && \
// RUN:   %python %inputs/profile.py %t/all.*.retsan | FileCheck --check-prefix=ALL %s && \
// RUN:   retsan-clang --retsan-mode=stamp $level %s -o %t/stamp && \
// RUN:   env RETSAN_OPTIONS=log_path=%t/stamp %t/stamp && \
// RUN:   %python %inputs/profile.py %t/stamp.*.retsan | FileCheck --check-prefix=STAMP %s || exit 1; \
// RUN: done
// RUN: retsan-clang --retsan-mode=heap -O2 %s -o %t/heap
// RUN: env RETSAN_OPTIONS=log_path=%t/heap %t/heap
// RUN: %python %inputs/profile.py %t/heap.*.retsan | FileCheck --check-prefix=HEAP %s
// The allocation clock makes a deterministic program's profile the same each time.
// RUN: env RETSAN_OPTIONS=log_path=%t/again %t/all
// RUN: %python %inputs/profile.py %t/all.*.retsan > %t/1.txt; %python %inputs/profile.py %t/again.*.retsan > %t/2.txt
// RUN: cmp %t/1.txt %t/2.txt

// ALL: start version 1 mode 3
// ALL: idle 16 bytes 1000000 objects 1
// ALL-DAG: subject cache.cold {{.*}}stores 1 {{.*}} drag 1{{[56]}}.{{[0-9]}} void 0.0
// ALL-DAG: subject cache.head {{.*}} drag 0.0 void 0.0
// ALL-DAG: subject node.next {{.*}} drag 0.0 void 0.0
// ALL-DAG: subject node.payload {{.*}} drag 0.0 void 0.0
// ALL-DAG: subject Index {{.*}} drag 0.0 void 0.0
// ALL: footer
// STAMP: start version 1 mode 2
// STAMP: idle 16 bytes 1000000 objects 1
// STAMP-NOT: subject
// STAMP: footer
// HEAP: start version 1 mode 4
// HEAP-DAG: root global Cache heap bytes 1040024 objects 1002
// HEAP-DAG: root global Index heap bytes 500000 objects 1
// HEAP-DAG: root module {{.*}}heap heap bytes 1540024 objects 1003
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
  struct node *next;
  char *payload;
};
struct cache {
  struct node *head;
  char *cold;
  long n;
};
static struct cache *Cache;
char *Index;

__attribute__((noinline)) void push(struct cache *c, int i) {
  struct node *n = malloc(sizeof *n);
  n->payload = malloc(64);
  n->payload[0] = (char)i;
  n->next = c->head;
  c->head = n;
  c->n++;
}
__attribute__((noinline)) long walk(struct cache *c) {
  long s = 0;
  for (struct node *n = c->head; n; n = n->next)
    s += n->payload[0];
  return s;
}
void drop(struct cache *c) {
  while (c->n > 500) {
    struct node *n = c->head;
    c->head = n->next;
    free(n->payload);
    free(n);
    c->n--;
  }
}
int main(void) {
  Cache = calloc(1, sizeof *Cache);
  Cache->cold = malloc(1000000); // written once, never looked at again
  strcpy(Cache->cold, "cold");
  Index = malloc(500000);
  Index[0] = 1;
  long s = 0;
  for (int r = 0; r < 200; r++) {
    for (int i = 0; i < 1000; i++)
      push(Cache, i);
    s += walk(Cache) + Index[0];
    drop(Cache);
  }
  return s == 0;
}
