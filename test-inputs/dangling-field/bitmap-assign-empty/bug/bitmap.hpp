// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

class Bitmap {
public:
  Bitmap() = default;
  Bitmap(int w, int h) : w_(w), h_(h), bits_(new std::uint32_t[size()]()) {}
  Bitmap(const Bitmap &o) : w_(o.w_), h_(o.h_), title_(o.title_) {
    if (o.bits_) {
      bits_ = new std::uint32_t[size()];
      std::copy(o.bits_, o.bits_ + size(), bits_);
    }
  }
  Bitmap &operator=(const Bitmap &o);
  ~Bitmap() { delete[] bits_; }

  std::uint32_t pixel(int x, int y) const {
    if (!bits_)
      return 0;
    return bits_[static_cast<std::size_t>(y) * w_ + x];
  }
  void set(int x, int y, std::uint32_t v) {
    if (bits_)
      bits_[static_cast<std::size_t>(y) * w_ + x] = v;
  }
  void rename(std::string t) { title_ = std::move(t); }
  const std::string &title() const { return title_; }
  std::size_t size() const { return static_cast<std::size_t>(w_) * h_; }

private:
  int w_ = 0, h_ = 0;
  std::uint32_t *bits_ = nullptr;
  std::string title_;
};
