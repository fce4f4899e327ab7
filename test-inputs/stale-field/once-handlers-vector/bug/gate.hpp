// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <functional>
#include <vector>
namespace startup {
class Gate {
public:
  void whenOpen(std::function<void()> fn);
  void open();
  bool isOpen() const { return open_; }
  std::size_t ran() const { return ran_; }

private:
  bool open_ = false;
  std::size_t ran_ = 0;
  std::vector<std::function<void()>> waiters_;
};
Gate &startupGate();
} // namespace startup
