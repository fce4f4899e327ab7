// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "script.hpp"
#include <cstdio>
#include <string>

int main(int argc, char **argv) {
  auto s = std::make_unique<Script>(argc > 1 ? argv[1] : "+2*10-4");
  if (!s->compile())
    return 1;
  for (long i = 0; i < 5; ++i)
    std::printf("%ld\n", s->run(i));
  return s->lines() > 0 ? 0 : 1;
}
