// Unusual control flow around accesses: computed goto, setjmp, variable arrays, asm.
// RUN: %suspects -o %t.json %s "S.p: S.state==0"
// RUN: %levels --suspects %t.json %s %inputs/use.c -- -g | FileCheck %s
#include <setjmp.h>
#include <stdlib.h>
struct S {
  char *p;
  int state;
};
int use(void *p);
static char Block[4];
static jmp_buf Env;

__attribute__((noinline)) static int interpret(struct S *s, const unsigned char *code) {
  static void *const table[] = {&&set, &&clear, &&look, &&stop};
  char *q = NULL;
  goto *table[*code++];
set:
  s->p = Block;
  goto *table[*code++];
clear:
  s->p = NULL;
  goto *table[*code++];
look:
  q = s->p;
  use(q);
  goto *table[*code++];
stop:
  return q != NULL;
}

__attribute__((noinline)) static int jumps(struct S *s, int n) {
  char *room[n];
  if (setjmp(Env)) {
    s->p = NULL;
    return 1;
  }
  room[0] = s->p;
  s->state = 1;
  use(room);
  longjmp(Env, 1);
}

int main(void) {
  struct S *s = calloc(1, sizeof *s);
  // CHECK: store S.p set interpret:19
  // CHECK-NEXT: use S.p set interpret:25
  // CHECK-NEXT: store S.p null interpret:22
  // CHECK-NEXT: store S.p set interpret:19
  interpret(s, (const unsigned char[]){0, 2, 1, 0, 3});
  // CHECK-NEXT: use S.p set jumps:
  // CHECK-NEXT: phase S.state 1 jumps:
  // CHECK-NEXT: store S.p null jumps:
  jumps(s, 3);
  // CHECK-NEXT: store S.p set main:[[#@LINE+1]]
  s->p = Block;
  // CHECK-NEXT: use S.p set main:[[#@LINE+1]]
  __asm__ volatile("" : : "r"(s->p) : "memory");
  // CHECK-NEXT: escape S.p set main:[[#@LINE+2]]
  // CHECK: refresh S.p set main:[[#@LINE+1]]
  __asm__ volatile("" : "+m"(s->p));
  free(s);
  return 0;
}
