// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "device.hpp"
#include <memory>
class Texture {
public:
  Texture(std::size_t w, std::size_t h);
  void set(std::size_t x, std::size_t y, std::uint32_t rgba);
  bool upload(Device &d);
  void bind(Device &d) const;
  std::size_t width() const { return w_; }
  bool uploaded() const { return uploaded_; }

private:
  std::size_t w_, h_;
  std::unique_ptr<std::uint32_t[]> pixels_;
  unsigned handle_ = 0;
  bool uploaded_ = false;
};
