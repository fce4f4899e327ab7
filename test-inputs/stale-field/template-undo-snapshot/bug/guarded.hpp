// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <memory>
#include <utility>

/// A value that can be edited and put back.
template <typename T> class Guarded {
public:
  explicit Guarded(std::unique_ptr<T> v) : value_(std::move(v)) {}
  T &edit() {
    if (!editing_) {
      before_ = std::make_unique<T>(*value_);
      editing_ = true;
    }
    return *value_;
  }
  void rollback() {
    if (!editing_)
      return;
    value_ = std::move(before_);
    editing_ = false;
  }
  void accept() {
    editing_ = false;
  }
  const T &get() const { return *value_; }
  bool editing() const { return editing_; }

private:
  std::unique_ptr<T> value_;
  std::unique_ptr<T> before_;
  bool editing_ = false;
};
