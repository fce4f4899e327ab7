// All that a macro expands to has one source position; so has generated code.
// RUN: %suspects -o %t.json %s "S.p: S.state==0, S.last==1" "R.q: R.bit==0"
// RUN: %levels --suspects %t.json %s | FileCheck %s
#include <stdlib.h>
#include <string.h>
struct S {
  unsigned state : 2;
  int n;
  void *p;
  unsigned char last : 1;
};
struct R {
  long pad;
  struct S s[2];
  struct {
    unsigned bit : 1;
    void *q;
  };
};
#define RESET(x)                                                                         \
  do {                                                                                   \
    memset(x, 0, sizeof *(x));                                                           \
    (x)->n = 7;                                                                          \
    (x)->state = 1;                                                                      \
    (x)->p = NULL;                                                                       \
  } while (0)
#define COPY(to, from) (*(to) = *(from), (to)->last = 1)

static char Block[4];

int main(void) {
  struct R *r = calloc(1, sizeof *r);
  // CHECK: wipe S.{{.*}} 24 main:[[#@LINE+3]]
  // CHECK-NEXT: phase S.state 1 main:[[#@LINE+2]]
  // CHECK-NEXT: store S.p null main:[[#@LINE+1]]
  RESET(&r->s[1]);
  // CHECK-NEXT: store S.p set main:[[#@LINE+1]]
  r->s[1].p = Block;
  // CHECK-NEXT: copy S.{{.*}} 24 main:[[#@LINE+2]]
  // CHECK-NEXT: phase S.last 1 main:[[#@LINE+1]]
  COPY(&r->s[0], &r->s[1]);
  // CHECK-NEXT: phase R.bit 1 main:[[#@LINE+1]]
  r->bit = 1;
  for (int i = 0; i < 2; ++i)
    // CHECK-NEXT: phase S.state 2 main:[[#@LINE+2]]
    // CHECK-NEXT: phase S.state 2 main:[[#@LINE+1]]
    r->s[i].state = 2;
  // CHECK-NEXT: store R.q set main:500
#line 500 "generated.y"
  r->q = Block;
  // CHECK-NEXT: wipe R.{{.*}} main:502
  memset(r, 0, sizeof *r);
  free(r);
  return 0;
}
