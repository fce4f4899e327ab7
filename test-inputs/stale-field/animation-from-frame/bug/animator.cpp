// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

struct Frame {
  std::vector<float> pixels;
};

class Animator {
public:
  explicit Animator(std::unique_ptr<Frame> first) : to_(std::move(first)) {}
  bool transition(std::unique_ptr<Frame> next);
  void tick(float dt);
  float pixel(std::size_t i) const;
  bool moving() const { return moving_; }

private:
  std::unique_ptr<Frame> from_;
  std::unique_ptr<Frame> to_;
  float t_ = 1;
  bool moving_ = false;
};

bool Animator::transition(std::unique_ptr<Frame> next) {
  if (moving_ || !next || next->pixels.size() != to_->pixels.size())
    return false;
  from_ = std::move(to_);
  to_ = std::move(next);
  t_ = 0;
  moving_ = true;
  return true;
}

void Animator::tick(float dt) {
  if (!moving_)
    return;
  t_ += dt;
  if (t_ >= 1) {
    t_ = 1;
    moving_ = false;
  }
}

float Animator::pixel(std::size_t i) const {
  float v = to_->pixels[i];
  if (moving_)
    v = v * t_ + from_->pixels[i] * (1 - t_);
  return v;
}

std::unique_ptr<Animator> animate(std::size_t n) {
  auto f = std::make_unique<Frame>();
  f->pixels.resize(n);
  return std::make_unique<Animator>(std::move(f));
}
