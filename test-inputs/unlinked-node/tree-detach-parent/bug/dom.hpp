// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>
namespace Dom {
struct Element {
  std::string tag;
  std::shared_ptr<Element> parent;
  std::vector<std::shared_ptr<Element>> children;
};
std::shared_ptr<Element> create(const std::string &tag);
bool attach(const std::shared_ptr<Element> &parent, const std::shared_ptr<Element> &child);
bool detach(const std::shared_ptr<Element> &child);
std::size_t depth(const std::shared_ptr<Element> &e);
void dispose(const std::shared_ptr<Element> &root);
} // namespace Dom
