// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <cstring>
#include <utility>

class Image {
public:
  Image() = default;
  Image(std::size_t w, std::size_t h) : pixels_(new unsigned char[w * h]()), w_(w), h_(h) {}
  Image(const Image &) = delete;
  Image &operator=(const Image &) = delete;
  Image(Image &&o) noexcept : pixels_(std::exchange(o.pixels_, nullptr)), w_(o.w_), h_(o.h_) {
    o.w_ = o.h_ = 0;
  }
  Image &operator=(Image &&o) noexcept {
    if (this != &o) {
      delete[] pixels_;
      pixels_ = o.pixels_;
      w_ = o.w_;
      h_ = o.h_;
      o.pixels_ = nullptr;
      o.w_ = o.h_ = 0;
    }
    return *this;
  }
  ~Image() { delete[] pixels_; }

  unsigned char *release() {
    w_ = h_ = 0;
    return std::exchange(pixels_, nullptr);
  }
  void swap(Image &o) noexcept {
    std::swap(pixels_, o.pixels_);
    std::swap(w_, o.w_);
    std::swap(h_, o.h_);
  }
  void clear() {
    delete[] pixels_;
    pixels_ = nullptr;
    w_ = h_ = 0;
  }
  unsigned at(std::size_t x, std::size_t y) const { return x < w_ && y < h_ ? pixels_[y * w_ + x] : 0; }
  void paint(unsigned char v) {
    if (pixels_)
      std::memset(pixels_, v, w_ * h_);
  }

private:
  unsigned char *pixels_ = nullptr;
  std::size_t w_ = 0, h_ = 0;
};

Image *cloneInto(Image &from) {
  Image *fresh = new Image(std::move(from));
  Image other(2, 2);
  other.paint(7);
  from = std::move(other);
  return fresh;
}
