// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "gate.hpp"
#include <utility>

namespace startup {

void Gate::whenOpen(std::function<void()> fn) {
  if (open_) {
    fn();
    ++ran_;
    return;
  }
  waiters_.push_back(std::move(fn));
}

void Gate::open() {
  if (open_)
    return;
  open_ = true;
  for (auto &fn : waiters_) {
    fn();
    ++ran_;
  }
}

Gate &startupGate() {
  static Gate *gate = new Gate;
  return *gate;
}

} // namespace startup
