// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

struct Sprite {
  int x = 0, y = 0;
  std::vector<unsigned> frames;
};

class SpritePool {
public:
  explicit SpritePool(std::size_t n) : sprites_(n) {}
  Sprite *spawn(int x, int y);
  bool kill(std::size_t i);
  void step();
  std::size_t live() const { return live_; }

private:
  std::vector<std::unique_ptr<Sprite>> sprites_;
  std::size_t live_ = 0;
};

Sprite *SpritePool::spawn(int x, int y) {
  if (live_ == sprites_.size())
    return nullptr;
  sprites_[live_] = std::make_unique<Sprite>();
  Sprite *s = sprites_[live_++].get();
  s->x = x;
  s->y = y;
  s->frames.resize(256);
  return s;
}

bool SpritePool::kill(std::size_t i) {
  if (i >= live_)
    return false;
  --live_;
  std::swap(sprites_[i], sprites_[live_]);
  sprites_[live_].reset();
  return true;
}

void SpritePool::step() {
  for (std::size_t i = 0; i < live_; ++i)
    ++sprites_[i]->x;
}

std::unique_ptr<SpritePool> makePool() { return std::make_unique<SpritePool>(512); }
