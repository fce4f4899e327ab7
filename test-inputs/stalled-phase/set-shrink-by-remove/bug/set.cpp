// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <utility>

class Set {
public:
  Set() : cells_(new long[64]()), cap_(64) {}
  bool insert(long v);
  bool erase(long v);
  bool contains(long v) const;
  std::size_t size() const { return size_; }
  void shrink();

private:
  void moveSome(std::size_t n);
  static long *find(long *cells, std::size_t cap, long v);
  std::unique_ptr<long[]> cells_;
  std::unique_ptr<long[]> shrinkFrom_;
  std::size_t cap_, oldCap_ = 0, moved_ = 0, size_ = 0;
};

long *Set::find(long *cells, std::size_t cap, long v) {
  for (std::size_t i = 0; i < cap; ++i)
    if (cells[i] == v)
      return &cells[i];
  return nullptr;
}

void Set::moveSome(std::size_t n) {
  while (n-- > 0 && moved_ < oldCap_) {
    long v = shrinkFrom_[moved_++];
    if (v)
      if (long *slot = find(cells_.get(), cap_, 0))
        *slot = v;
  }
  if (moved_ == oldCap_)
    shrinkFrom_.reset();
}

void Set::shrink() {
  if (shrinkFrom_ || size_ * 4 > cap_ || cap_ <= 64)
    return;
  shrinkFrom_ = std::move(cells_);
  oldCap_ = cap_;
  cap_ /= 2;
  cells_.reset(new long[cap_]());
  moved_ = 0;
}

bool Set::insert(long v) {
  if (shrinkFrom_)
    moveSome(2);
  if (v == 0 || contains(v))
    return false;
  long *slot = find(cells_.get(), cap_, 0);
  if (!slot)
    return false;
  *slot = v;
  ++size_;
  return true;
}

bool Set::erase(long v) {
  if (shrinkFrom_)
    moveSome(2);
  long *slot = find(cells_.get(), cap_, v);
  if (!slot && shrinkFrom_)
    slot = find(shrinkFrom_.get(), oldCap_, v);
  if (!slot || v == 0)
    return false;
  *slot = 0;
  --size_;
  return true;
}

bool Set::contains(long v) const {
  if (find(cells_.get(), cap_, v))
    return true;
  return shrinkFrom_ && find(shrinkFrom_.get(), oldCap_, v);
}

std::unique_ptr<Set> makeSet() { return std::make_unique<Set>(); }
