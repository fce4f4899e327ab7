// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <retsan/annotations.h>
#include <utility>
#include <vector>

namespace gfx {
struct Target {
  int w = 0, h = 0;
  std::vector<unsigned> pixels;
};

class Painter {
public:
  bool begin(std::unique_ptr<Target> t);
  void fill(unsigned colour);
  std::unique_ptr<Target> end();
  unsigned passes() const { return passes_; }

private:
  bool active_ = false;
  std::unique_ptr<Target> target_ RETSAN_LIVE_WHILE(active_);
  unsigned passes_ = 0;
};

bool Painter::begin(std::unique_ptr<Target> t) {
  if (active_ || !t)
    return false;
  if (t->w <= 0 || t->h <= 0)
    return false;
  target_ = std::move(t);
  target_->pixels.resize(static_cast<std::size_t>(target_->w) * target_->h);
  active_ = true;
  ++passes_;
  return true;
}

void Painter::fill(unsigned colour) {
  if (!active_)
    return;
  for (auto &p : target_->pixels)
    p = colour;
}

std::unique_ptr<Target> Painter::end() {
  if (!active_)
    return nullptr;
  active_ = false;
  return std::move(target_);
}
} // namespace gfx

std::unique_ptr<gfx::Painter> makePainter() { return std::make_unique<gfx::Painter>(); }
