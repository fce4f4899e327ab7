// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "texture.hpp"

Texture::Texture(std::size_t w, std::size_t h) : w_(w), h_(h), pixels_(new std::uint32_t[w * h]()) {}

void Texture::set(std::size_t x, std::size_t y, std::uint32_t rgba) {
  if (uploaded_ || x >= w_ || y >= h_)
    return;
  pixels_[y * w_ + x] = rgba;
}

bool Texture::upload(Device &d) {
  if (uploaded_)
    return true;
  handle_ = d.create(pixels_.get(), w_, h_);
  if (handle_ == 0)
    return false;
  uploaded_ = true;
  return true;
}

void Texture::bind(Device &d) const {
  if (uploaded_)
    d.use(handle_);
}
