// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "workspace.hpp"

namespace ed {

void Document::insert(char c) {
  if (lines.empty() || c == '\n')
    lines.emplace_back();
  if (c != '\n')
    lines.back().push_back(c);
  dirty = true;
}

Document &Workspace::open(const std::string &name) {
  auto &slot = docs_[name];
  if (!slot) {
    slot = std::make_unique<Document>();
    slot->name = name;
  }
  current_ = slot.get();
  return *current_;
}

bool Workspace::focus(const std::string &name) {
  auto it = docs_.find(name);
  if (it == docs_.end())
    return false;
  current_ = it->second.get();
  return true;
}

void Workspace::type(char c) {
  if (!current_)
    return;
  ++keys_;
  current_->insert(c);
}

std::size_t Workspace::closeAll(bool keepDirty) {
  std::size_t n = docs_.size();
  if (keepDirty)
    for (auto &[name, doc] : docs_)
      if (doc->dirty)
        return 0;
  current_ = nullptr;
  docs_.clear();
  return n;
}

} // namespace ed
