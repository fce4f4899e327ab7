// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <utility>
template <typename T, std::size_t N> class Bounded {
public:
  bool push(T v) {
    if (n_ == N)
      return false;
    items_[n_++] = std::move(v);
    return true;
  }
  T pop() { return std::move(items_[--n_]); }
  std::size_t size() const { return n_; }

private:
  T items_[N] = {};
  std::size_t n_ = 0;
};
