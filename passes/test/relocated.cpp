// A library's templates copy records as memory: a vector that grows, std::swap,
// algorithms. Who holds the pointer then is told, and the runtime judges the new
// place: a use there, in the dead state, is one.
// RUN: %suspects -o %t.json %s "table.old: table.growing==0" -- -std=c++17
// RUN: %levels --suspects %t.json %s -- -std=c++17 | FileCheck %s
// RUN: rm -rf %t && mkdir -p %t
// RUN: retsan-clang++ -std=c++17 --retsan-suspects=%t.json -O0 %s -o %t/plain
// RUN: retsan-clang++ -std=c++17 --retsan-suspects=%t.json -O2 %s -o %t/quick
// RUN: env RETSAN_OPTIONS=log_path=%t/a %t/plain kept && env RETSAN_OPTIONS=log_path=%t/b %t/quick kept
// RUN: env RETSAN_OPTIONS=log_path=%t/c %t/plain used && env RETSAN_OPTIONS=log_path=%t/d %t/quick used
// RUN: %python %inputs/profile.py %t/a.*.retsan %t/b.*.retsan | FileCheck --check-prefix=KEPT %s
// RUN: %python %inputs/profile.py %t/c.*.retsan %t/d.*.retsan | FileCheck --check-prefix=USED %s
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

struct table {
  int *old;
  int growing;
  long rest[3];
};

static void begin(table &t) {
  t.growing = 1;
  t.old = static_cast<int *>(calloc(1, 1000));
}
static void end(table &t) { t.growing = 0; }
static std::vector<table> *All;

int main(int argc, char **argv) {
  All = new std::vector<table>(2);
  // CHECK: phase table.growing 1
  // CHECK: store table.old set
  begin((*All)[0]);
  // CHECK: phase table.growing 0
  end((*All)[0]);
  // CHECK: copy table.old {{.*}}__relocate_a_1
  // CHECK: copy table.old {{.*}}__relocate_a_1
  for (int i = 0; i != 6; ++i)
    All->push_back(table{});
  // CHECK: copy table.old {{.*}}swap
  // CHECK: copy table.old {{.*}}swap
  std::swap((*All)[0], (*All)[5]);
  // KEPT: refuted 0
  // KEPT: refuted 0
  // USED: refuted 1
  // USED-SAME: used_in_state [main:relocated.cpp:[[#@LINE+4]]]
  // USED: refuted 1
  // USED-SAME: used_in_state [main:relocated.cpp:[[#@LINE+2]]]
  if (argc > 1 && !strcmp(argv[1], "used"))
    return (*All)[5].old[0];
  return 0;
}
