// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dom.hpp"

namespace Dom {

std::size_t depth(const std::shared_ptr<Element> &e) {
  std::size_t n = 0;
  for (const Element *p = e->parent.get(); p; p = p->parent.get())
    ++n;
  return n;
}

void dispose(const std::shared_ptr<Element> &root) {
  for (auto &c : root->children) {
    c->parent.reset();
    dispose(c);
  }
  root->children.clear();
}

} // namespace Dom
