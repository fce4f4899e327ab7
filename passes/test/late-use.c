// A value that is used on one path only is a use there, not at the load, unless the
// slot may have changed in between: then the load is the use.
// RUN: %suspects -o %t.json %s "S.p"
// RUN: %levels --suspects %t.json %s %inputs/use.c | FileCheck %s
#include <stdlib.h>
struct S {
  char *p;
  long n;
  int busy;
};
int use(void *p);
static char Block[4];

__attribute__((noinline)) static int guarded(struct S *s) {
  char *q = s->p;
  if (s->busy) {
    s->n++;
    return q[0];
  }
  return 0;
}

__attribute__((noinline)) static int taken(struct S *s) {
  char *q = s->p;
  s->p = NULL;
  if (s->busy)
    return q[0];
  return 0;
}

__attribute__((noinline)) static int called(struct S *s) {
  char *q = s->p;
  use(s);
  if (s->busy)
    return q[0];
  return 0;
}

int main(void) {
  struct S *s = calloc(1, sizeof *s);
  // CHECK: store S.p set main:
  s->p = Block;
  // CHECK-NEXT: test S.p set guarded:15
  // CHECK-NOT: use
  guarded(s);
  s->busy = 1;
  // CHECK: test S.p set guarded:15
  // CHECK-NEXT: use S.p set guarded:18
  guarded(s);
  s->busy = 0;
  // CHECK-NEXT: use S.p set called:32
  called(s);
  // CHECK-NEXT: use S.p set taken:24
  // CHECK-NEXT: store S.p null taken:25
  taken(s);
  free(s);
  return 0;
}
