// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <memory>
#include <utility>

/// A value that is computed at its first use.
template <typename T> class Lazy {
public:
  explicit Lazy(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}
  Lazy(const Lazy &) = delete;
  Lazy &operator=(const Lazy &) = delete;

  T &get() {
    if (!ready_) {
      value_ = make_();
      ready_ = true;
    }
    return *value_;
  }
  bool ready() const { return ready_; }

private:
  std::function<std::unique_ptr<T>()> make_;
  std::unique_ptr<T> value_;
  bool ready_ = false;
};
