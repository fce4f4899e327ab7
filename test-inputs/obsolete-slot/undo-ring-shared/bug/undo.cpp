// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

struct Text {
  std::string data;
};

struct Step {
  std::size_t at = 0;
  std::string removed;
  std::size_t inserted = 0;
  void revert(Text &t) const { t.data.replace(at, inserted, removed); }
};

class UndoRing {
public:
  void push(std::shared_ptr<Step> s);
  bool undo(Text &t);
  std::size_t depth() const { return depth_; }
  void forget();

private:
  static constexpr std::size_t N = 64;
  std::array<std::shared_ptr<Step>, N> steps_;
  std::size_t top_ = 0, depth_ = 0;
};

void UndoRing::push(std::shared_ptr<Step> s) {
  top_ = (top_ + 1) % N;
  steps_[top_] = std::move(s);
  if (depth_ < N)
    ++depth_;
}

bool UndoRing::undo(Text &t) {
  if (depth_ == 0)
    return false;
  steps_[top_]->revert(t);
  top_ = (top_ + N - 1) % N;
  --depth_;
  return true;
}

void UndoRing::forget() {
  for (auto &s : steps_)
    s.reset();
  top_ = depth_ = 0;
}

std::unique_ptr<UndoRing> makeRing() { return std::make_unique<UndoRing>(); }
