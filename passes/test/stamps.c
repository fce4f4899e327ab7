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
