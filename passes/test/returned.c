// A record that a function returns, and a union of records.
// RUN: %suspects -o %t.json %s "S.p" "S.q" "Node.kept"
// RUN: %levels --suspects %t.json %s | FileCheck %s
#include <stdlib.h>
typedef struct S {
  void *p;
  int pad[8];
  void *q;
} S;
typedef struct {
  int tag;
  union {
    struct {
      void *kept;
      int n;
    };
    double number;
  };
  S in[2];
} Node;
static char Block[8];
__attribute__((noinline)) S make(void *p) {
  S s = {p, {0}, p};
  return s;
}
int main(void) {
  S *s = malloc(sizeof *s);
  // CHECK: copy S.p 48 main:[[#@LINE+1]]
  *s = make(Block);
  Node *n = calloc(1, sizeof *n), *m = calloc(1, sizeof *m);
  // CHECK-NEXT: store Node.kept set main:[[#@LINE+1]]
  n->kept = Block;
  // CHECK-NEXT: copy S.p 48 main:[[#@LINE+1]]
  n->in[1] = *s;
  // A record that holds records: one copy for each.
  // CHECK-DAG: copy Node.kept {{[0-9]+}} main:[[#@LINE+3]]
  // CHECK-DAG: copy S.p 48 main:[[#@LINE+2]]
  // CHECK-DAG: copy S.p 48 main:[[#@LINE+1]]
  *m = *n;
  // CHECK: store S.q null main:[[#@LINE+1]]
  m->in[1].q = NULL;
  free(s);
  free(n);
  free(m);
  return 0;
}
