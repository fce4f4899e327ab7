// Where the optimizer leaves a pointer in a register, it is stamped once: in a block,
// on ways without a call, and before a loop that calls nobody.
// RUN: retsan-clang --retsan-mode=stamp -O2 -fno-unroll-loops -fno-vectorize -S -emit-llvm %s -o - | FileCheck %s

struct box {
  struct box *next;
  char *text;
  long n[4];
};

// One load, used on both ways.
// CHECK-LABEL: define {{.*}} @ways(
// CHECK: load ptr, ptr
// CHECK-COUNT-1: store i8
// CHECK-NOT: store i8
// CHECK: ret
long ways(struct box *b, int which) {
  struct box *next = b->next;
  long s = next->n[0];
  if (which)
    s *= next->n[1];
  return s + next->n[2];
}

// Used only in a loop that it does not change in.
// CHECK-LABEL: define {{.*}} @quiet(
// CHECK: load ptr, ptr
// CHECK: br i1
// CHECK: store i8
// CHECK: br label
// CHECK: phi
// CHECK-NOT: store i8
// CHECK: ret
long quiet(struct box *b, long n) {
  long s = 0;
  char *text = b->text;
  if (n > 0 && text)
    for (long i = 0; i < n; ++i)
      if (b->n[i & 3] & 1)
        s = s * 31 + text[i];
  return s;
}

// A call to who calls nobody is none: what was stamped before it is not again.
static __attribute__((noinline)) int rank(const struct box *b) {
  return b->n[0] > 0 ? 2 : 1;
}
// CHECK-LABEL: define {{.*}} @ranked(
// CHECK: load ptr, ptr
// CHECK-COUNT-1: store i8
// CHECK: call {{.*}} @rank(
// CHECK-NOT: store i8
// CHECK: ret
long ranked(struct box *b) {
  struct box *next = b->next;
  long s = next->n[0];
  s += rank(b);
  return s + next->n[1];
}

// One that may allocate is one.
long other(const struct box *b);
// CHECK-LABEL: define {{.*}} @asked(
// CHECK: load ptr, ptr
// CHECK: store i8
// CHECK: call {{.*}} @other(
// CHECK: store i8
// CHECK: ret
long asked(struct box *b) {
  struct box *next = b->next;
  long s = next->n[0];
  s += other(b);
  return s + b->next->n[1];
}

// The epoch is read once for all that follows without a call.
struct three {
  long *a, *b, *c;
};
// CHECK-LABEL: define {{.*}} @sides(
// CHECK-COUNT-1: load i8
// CHECK: store i8
// CHECK-NOT: load i8
// CHECK: store i8
// CHECK: ret
long sides(struct three *t, int which) {
  long s = 0;
  if (which & 1)
    s += *t->a;
  if (which & 2)
    s -= *t->b;
  return s;
}

// After a call it is another one.
// CHECK-LABEL: define {{.*}} @before_and_after(
// CHECK: load i8
// CHECK: store i8
// CHECK: call {{.*}} @other(
// CHECK: load i8
// CHECK: store i8
// CHECK: ret
long before_and_after(struct three *t) {
  long s = *t->a;
  s += other(0);
  return s + *t->b;
}

// A loop may be long, and other threads allocate: it is read in each round.
// CHECK-LABEL: define {{.*}} @rounds(
// CHECK: phi ptr
// CHECK: load i8
// CHECK: store i8
// CHECK: br
// CHECK: ret
long rounds(struct box *b) {
  long s = 0;
  for (; b; b = b->next)
    s += b->n[0];
  return s;
}
