// Known limits: accesses that are not told. Each line here is one that is missed; a
// test that fails because something is told now is good news.
// RUN: %suspects -o %t.json %s "tls_slot" "Rec.p" "Rec.at" -- -std=c++17
// RUN: %levels --suspects %t.json %s %inputs/limits2.cpp -- -std=c++17 | FileCheck %s

struct Rec {
  void *p;
  int n;
  void *at;
};

// 1. Thread-local variables: a descriptor holds one address.
thread_local void *tls_slot;

// 2. An address that is kept: the escape is told, later stores through it are not.
void keepAddress(void **pp);
void writeKept(void *v);

static char Block[8];

int main() {
  // CHECK-NOT: tls_slot
  tls_slot = Block;
  auto *a = new Rec();
  // CHECK: escape Rec.p null main:[[#@LINE+2]]
  // CHECK-NEXT: refresh Rec.p null main:[[#@LINE+1]]
  keepAddress(&a->p);
  // CHECK-NOT: Rec.p
  writeKept(Block);
  // 3. Pointers to members.
  void *Rec::*member = &Rec::at;
  a->*member = Block;
  // CHECK: {{use|test}} Rec.p {{.*}} main:[[#@LINE+1]]
  void *q = a->p;
  delete a;
  return q != nullptr && *static_cast<char *>(q);
}
