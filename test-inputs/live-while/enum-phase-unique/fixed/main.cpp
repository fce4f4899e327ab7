// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "upgrade.hpp"
#include <cstdio>
#include <memory>
#include <utility>

int main(int argc, char **argv) {
  auto u = std::make_unique<Upgrade>();
  auto names = std::make_unique<std::vector<std::string>>(argv, argv + argc);
  if (!u->begin(std::move(names)))
    return 1;
  while (u->step())
    if (u->copied() > 3)
      u->abort();
  std::printf("%zu\n", u->copied());
  return 0;
}
