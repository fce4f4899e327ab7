// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bitmap.hpp"

Bitmap &Bitmap::operator=(const Bitmap &o) {
  if (this == &o)
    return *this;
  delete[] bits_;
  title_ = o.title_;
  if (!o.bits_)
    return *this;
  w_ = o.w_;
  h_ = o.h_;
  bits_ = new std::uint32_t[size()];
  std::copy(o.bits_, o.bits_ + size(), bits_);
  return *this;
}

Bitmap *cloneBitmap(const Bitmap &b) {
  auto *copy = new Bitmap;
  *copy = b;
  return copy;
}
