// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "interner.hpp"
#include <algorithm>
#include <functional>
#include <utility>

namespace sym {

bool Interner::in(const Table &t, const std::string &s) {
  const auto &b = t.buckets[std::hash<std::string>()(s) % t.buckets.size()];
  return std::find(b.begin(), b.end(), s) != b.end();
}

void Interner::put(Table &t, const std::string &s) {
  t.buckets[std::hash<std::string>()(s) % t.buckets.size()].push_back(s);
  ++t.count;
}

bool Interner::contains(const std::string &s) const {
  if (moving_ && in(*old_, s))
    return true;
  return in(*cur_, s);
}

void Interner::grow() {
  old_ = std::move(cur_);
  cur_ = std::make_unique<Table>(old_->buckets.size() * 2);
  next_ = 0;
  moving_ = true;
}

void Interner::step() {
  if (!moving_)
    return;
  for (auto &s : old_->buckets[next_])
    put(*cur_, s);
  old_->buckets[next_].clear();
  if (++next_ == old_->buckets.size()) {
    moving_ = false;
  }
}

bool Interner::add(const std::string &s) {
  step();
  if (contains(s))
    return false;
  if (!moving_ && count_ > cur_->buckets.size())
    grow();
  put(*cur_, s);
  ++count_;
  return true;
}

void Interner::idle(int steps) {
  while (steps-- > 0 && moving_)
    step();
}

} // namespace sym

std::unique_ptr<sym::Interner> makeInterner() { return std::make_unique<sym::Interner>(); }
