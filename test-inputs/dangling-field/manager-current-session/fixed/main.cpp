// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "manager.hpp"
#include <cstdio>

int main() {
  auto m = std::make_unique<Manager>();
  m->open(1);
  Session &two = m->open(2);
  m->say("hello");
  two.quit();
  m->say("anybody?");
  std::printf("%zu\n", m->count());
  return 0;
}
