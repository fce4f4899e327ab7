// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

struct Blob {
  char bytes[512];
};

class Arena {
public:
  Blob *add(std::shared_ptr<Blob> b);
  std::size_t mark() const { return used_; }
  void rewind(std::size_t mark);

private:
  std::array<std::shared_ptr<Blob>, 128> objects_;
  std::size_t used_ = 0;
};

Blob *Arena::add(std::shared_ptr<Blob> b) {
  if (used_ == objects_.size())
    return nullptr;
  objects_[used_] = std::move(b);
  return objects_[used_++].get();
}

void Arena::rewind(std::size_t mark) {
  if (mark < used_)
    used_ = mark;
}

Arena *makeArena() { return new Arena; }
