// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>

/// Objects in blocks; blocks are given back from the newest on.
template <typename T, std::size_t N = 32> class Pool {
  struct Block {
    Block *older;
    std::size_t used;
    T items[N];
  };

public:
  Pool() = default;
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;
  ~Pool() {
    while (newest_)
      trim();
  }

  T *take() {
    if (cursor_ && cursor_->used < N)
      return &cursor_->items[cursor_->used++];
    Block *b = new Block{newest_, 0, {}};
    newest_ = b;
    cursor_ = b;
    ++blocks_;
    return &b->items[b->used++];
  }

  bool trim() {
    Block *b = newest_;
    if (!b)
      return false;
    newest_ = b->older;
    delete b;
    --blocks_;
    return true;
  }

  std::size_t blocks() const { return blocks_; }

private:
  Block *newest_ = nullptr;
  Block *cursor_ = nullptr;
  std::size_t blocks_ = 0;
};
