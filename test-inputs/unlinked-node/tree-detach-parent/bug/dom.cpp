// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dom.hpp"
#include <algorithm>

namespace Dom {

std::shared_ptr<Element> create(const std::string &tag) {
  auto e = std::make_shared<Element>();
  e->tag = tag;
  return e;
}

bool attach(const std::shared_ptr<Element> &parent, const std::shared_ptr<Element> &child) {
  if (child->parent || parent == child)
    return false;
  child->parent = parent;
  parent->children.push_back(child);
  return true;
}

bool detach(const std::shared_ptr<Element> &child) {
  std::shared_ptr<Element> parent = child->parent;
  if (!parent)
    return false;
  auto &list = parent->children;
  auto it = std::find(list.begin(), list.end(), child);
  if (it == list.end())
    return false;
  list.erase(it);
  return true;
}

} // namespace Dom
