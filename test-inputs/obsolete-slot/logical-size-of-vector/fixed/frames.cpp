// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Frame {
  std::vector<std::string> locals;
};

class Frames {
public:
  void enter(std::unique_ptr<Frame> f);
  void leave();
  Frame *top() { return depth_ ? stack_[depth_ - 1].get() : nullptr; }

private:
  std::vector<std::unique_ptr<Frame>> stack_ = std::vector<std::unique_ptr<Frame>>(256);
  std::size_t depth_ = 0;
};

void Frames::enter(std::unique_ptr<Frame> f) { stack_[depth_++] = std::move(f); }

void Frames::leave() {
  if (depth_ == 0)
    return;
  stack_[depth_ - 1].reset();
  --depth_;
}

std::unique_ptr<Frames> makeFrames() { return std::make_unique<Frames>(); }
