// Operations that the compiler writes: memberwise copies become one memcpy of
// neighbouring members, with no access of a field.
// RUN: %suspects -o %t.json %s "Conn.buf: Conn.state==0" "Owner.p" "Deep.a"
// RUN: %levels --suspects %t.json %s -- -std=c++17 | FileCheck %s

#include <memory>
#include <string>
#include <utility>

struct Conn {
  std::string name; // Makes the operations non-trivial.
  int state = 0;
  char *buf = nullptr;
  int len = 0;
};

struct Deep {
  char *a = nullptr;
  char *b = nullptr;
};
struct Outer {
  std::string name;
  Deep deep; // A trivial member of a class that is not.
  int n = 0;
};

struct Owner {
  std::unique_ptr<int> p;
  int n = 0;
};

static char Block[8];

int main() {
  auto *c = new Conn;
  auto *d = new Conn;
  // CHECK: store Conn.buf set main:[[#@LINE+1]]
  c->buf = Block;
  // CHECK: phase Conn.state 2 main:[[#@LINE+1]]
  c->state = 2;
  // CHECK-DAG: phase Conn.state 2 _ZN4ConnaSERKS_
  // CHECK-DAG: refresh Conn.buf set _ZN4ConnaSERKS_
  *d = *c;
  // CHECK-DAG: phase Conn.state 2 _ZN4ConnC2ERKS_
  // CHECK-DAG: refresh Conn.buf set _ZN4ConnC2ERKS_
  auto *e = new Conn(*c);
  // CHECK-DAG: phase Conn.state 2 _ZN4ConnaSEOS_
  // CHECK-DAG: refresh Conn.buf set _ZN4ConnaSEOS_
  *d = std::move(*c);
  auto *o = new Outer;
  auto *q = new Outer;
  // CHECK: store Deep.a set main:[[#@LINE+1]]
  o->deep.a = Block;
  // CHECK-NEXT: refresh Deep.a set _ZN5OuteraSERKS_
  *q = *o;
  // CHECK: owner-release Owner.p
  // CHECK: refresh Owner.p
  Owner *x = new Owner, *y = new Owner;
  x->p.reset(new int(1));
  // CHECK: owner-use Owner.p set {{.*}}OwneraSEOS_
  // CHECK: refresh Owner.p null {{.*}}OwneraSEOS_
  *y = std::move(*x);
  delete x;
  delete y;
  delete c;
  delete d;
  delete e;
  delete o;
  delete q;
  return 0;
}
