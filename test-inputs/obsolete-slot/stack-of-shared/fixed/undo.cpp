// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

struct Edit {
  std::string before, after;
};

class UndoStack {
public:
  bool push(std::shared_ptr<Edit> e);
  std::shared_ptr<Edit> pop();
  std::size_t depth() const { return top_; }
  const Edit *peek() const { return top_ > 0 ? items_[top_ - 1].get() : nullptr; }

private:
  std::array<std::shared_ptr<Edit>, 64> items_;
  std::size_t top_ = 0;
};

bool UndoStack::push(std::shared_ptr<Edit> e) {
  if (top_ == items_.size())
    return false;
  items_[top_++] = std::move(e);
  return true;
}

std::shared_ptr<Edit> UndoStack::pop() {
  if (top_ == 0)
    return nullptr;
  --top_;
  return std::move(items_[top_]);
}

UndoStack &undoOf(int document) {
  static UndoStack stacks[4];
  return stacks[document & 3];
}
