// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <utility>

/// Samples by index; grows without a long pause.
class History {
public:
  History() : samples_(new float[256]), cap_(256) {}
  void push(float v);
  float at(std::size_t i) const;
  std::size_t size() const { return size_; }

private:
  void carry(std::size_t n);
  void widen();
  std::unique_ptr<float[]> samples_;
  std::unique_ptr<float[]> former_;
  std::size_t cap_, size_ = 0;
  std::size_t carried_ = 0, formerSize_ = 0;
};

void History::carry(std::size_t n) {
  for (; n > 0 && carried_ < formerSize_; --n, ++carried_)
    samples_[carried_] = former_[carried_];
  if (carried_ == formerSize_)
    former_.reset();
}

void History::widen() {
  former_ = std::move(samples_);
  formerSize_ = size_;
  carried_ = 0;
  cap_ *= 4;
  samples_.reset(new float[cap_]);
}

void History::push(float v) {
  if (former_)
    carry(8);
  else if (size_ == cap_)
    widen();
  samples_[size_++] = v;
}

float History::at(std::size_t i) const {
  if (i >= size_)
    return 0;
  if (former_ && i >= carried_ && i < formerSize_)
    return former_[i];
  return samples_[i];
}

std::unique_ptr<History> makeHistory() { return std::make_unique<History>(); }
