// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <functional>
#include <utility>

class Signal {
public:
  using Fn = std::function<void(int)>;
  bool connect(Fn f);
  void disconnect(std::size_t i);
  void emit(int v);

private:
  Fn slots_[32];
  std::size_t n_ = 0;
};

bool Signal::connect(Fn f) {
  if (n_ == 32)
    return false;
  slots_[n_++] = std::move(f);
  return true;
}

void Signal::disconnect(std::size_t i) {
  if (i >= n_)
    return;
  slots_[i] = std::move(slots_[n_ - 1]);
  --n_;
}

void Signal::emit(int v) {
  for (std::size_t i = 0; i < n_; ++i)
    slots_[i](v);
}

Signal *makeSignal() { return new Signal; }
