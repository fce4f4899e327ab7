// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "index.hpp"
#include <iostream>
#include <memory>
#include <string>
#include <vector>

int main() {
  auto index = std::make_unique<Index>();
  auto old = std::make_unique<std::vector<std::string>>();
  std::string line;
  while (old->size() < 1000 && std::getline(std::cin, line))
    old->push_back(line);
  index->adopt(std::move(old));
  while (std::getline(std::cin, line)) {
    if (!line.empty() && line[0] == '+')
      index->add(line.substr(1));
    else
      std::cout << index->contains(line) << '\n';
  }
  std::cout << index->size() << '\n';
  return 0;
}
