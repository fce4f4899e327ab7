// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <utility>

template <typename T, std::size_t N> class FixedQueue {
public:
  bool push(T v) {
    if (n_ == N)
      return false;
    data_[(first_ + n_++) % N] = std::move(v);
    return true;
  }
  bool pop(T &out) {
    if (n_ == 0)
      return false;
    out = data_[first_];
    first_ = (first_ + 1) % N;
    --n_;
    return true;
  }
  bool empty() const { return n_ == 0; }

private:
  T data_[N];
  std::size_t first_ = 0, n_ = 0;
};
