// What is in the IR: hooks at the accesses, tables, and nothing of the front end's tags.
// RUN: %suspects -o %t.json %s "box.kept: box.phase==0, box.size>=3"
// RUN: clang-19 %instrument -fplugin-arg-retsan-suspects=%t.json -O0 -S -emit-llvm %s -o - | FileCheck %s --check-prefixes=CHECK,O0
// RUN: clang-19 %instrument -fplugin-arg-retsan-suspects=%t.json -O2 -S -emit-llvm %s -o - | FileCheck %s --check-prefixes=CHECK,O2
// RUN: clang-19 %instrument -fplugin-arg-retsan-suspects=%t.json -O2 -S -emit-llvm %s -o - | not grep -E "retsan:1|__retsan_mark|ptr.annotation"

struct box {
  void *kept;
  int phase;
  unsigned long size;
};
void free(void *);

// CHECK: @retsan.field.box.kept = internal global {{.*}} i32 0, i32 8, i32 24, i16 1, i16 4, {{.*}}, section "retsan_fields"
// CHECK: @retsan.states = internal global {{.*}} section "retsan_states"
// CHECK: @retsan.module = internal constant { {{.*}} } { i32 1, i32 1,
// CHECK: @llvm.global_ctors = appending global {{.*}} { i32 1, ptr @retsan.register

// -O0 keeps its locals in memory, for the debugger.
// CHECK-LABEL: define {{.*}} @destroy(
// O0: alloca ptr
// CHECK: [[SCOPE:%.*]] = call ptr @llvm.threadlocal.address.p0(ptr @__retsan_scope_v1)
// CHECK: [[DEPTH:%.*]] = load i32, ptr [[SCOPE]]
// CHECK: add i32 [[DEPTH]], 1
// CHECK: call void @__retsan_load_v1(ptr @retsan.site{{[.0-9]*}}, ptr {{.*}}[[SLOT:%.*]], ptr {{.*}}, ptr {{.*}})
// CHECK: call void @free(
// CHECK: call void @__retsan_store_v1({{.*}}, ptr null)
// The clear before the owner's free is dead: the store may go, the event stays.
// O2-NOT: store ptr null
// CHECK: store i32 [[DEPTH]], ptr
// CHECK: br i1
// CHECK: call void @__retsan_leave_v1(i32 [[DEPTH]])
// CHECK-NEXT: br label
// CHECK: ret void
void destroy(struct box *b) {
  free(b->kept);
  b->kept = 0;
  free(b);
}

// Nothing of a record on the stack is told.
// CHECK-LABEL: define {{.*}} @local(
// CHECK-NOT: __retsan
// CHECK: ret
int local(void *p) {
  struct box b = {p, 1, 2};
  b.kept = p;
  return b.kept != 0;
}

// A function without events is untouched.
// CHECK-LABEL: define {{.*}} @size_of(
// CHECK-NOT: __retsan
// CHECK: ret
unsigned long size_of(struct box *b) { return b->size; }
