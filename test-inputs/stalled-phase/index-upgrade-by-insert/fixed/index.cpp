// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "index.hpp"
#include <algorithm>
#include <utility>

void Index::adopt(std::unique_ptr<std::vector<std::string>> legacy) {
  if (legacy_ || !legacy)
    return;
  legacy_ = std::move(legacy);
  folded_ = 0;
}

void Index::fold(std::size_t n) {
  for (; n > 0 && folded_ < legacy_->size(); --n)
    tree_.insert((*legacy_)[folded_++]);
  if (folded_ == legacy_->size())
    legacy_.reset();
}

void Index::add(const std::string &key) {
  if (legacy_)
    fold(3);
  tree_.insert(key);
}

bool Index::contains(const std::string &key) const {
  if (tree_.count(key))
    return true;
  if (!legacy_)
    return false;
  auto from = legacy_->begin() + static_cast<std::ptrdiff_t>(folded_);
  return std::find(from, legacy_->end(), key) != legacy_->end();
}

bool Index::advance(std::size_t n) {
  if (legacy_)
    fold(n);
  return legacy_ != nullptr;
}
