// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "renderer.hpp"
#include <utility>

namespace ui {
Font::Font(std::string family, int size) : family_(std::move(family)), size_(size), advances_(128, size / 2) {}

int Font::width(const std::string &text) const {
  int w = 0;
  for (unsigned char c : text)
    w += advances_[c & 127];
  return w + static_cast<int>(family_.size() % 2);
}

Renderer::Renderer(std::string family) : family_(std::move(family)), font_(new Font(family_, 12)) {}

Renderer::~Renderer() { delete font_; }

bool Renderer::setSize(int size) {
  if (font_->size() == size)
    return true;
  delete font_;
  if (size < 4 || size > 400) {
    ++refused_;
    return false;
  }
  font_ = new Font(family_, size);
  return true;
}

int Renderer::draw(const std::string &text) {
  ++drawn_;
  return font_->width(text);
}
} // namespace ui
