// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "upgrade.hpp"
#include <utility>

bool Upgrade::begin(std::unique_ptr<std::vector<std::string>> source) {
  if (phase_ == Phase::Copying || !source)
    return false;
  source_ = std::move(source);
  at_ = 0;
  phase_ = Phase::Copying;
  return true;
}

bool Upgrade::step() {
  if (phase_ != Phase::Copying)
    return false;
  if (at_ < source_->size()) {
    target_.push_back((*source_)[at_++]);
    return true;
  }
  source_.reset();
  phase_ = Phase::Done;
  return false;
}

void Upgrade::abort() {
  if (phase_ != Phase::Copying)
    return;
  target_.clear();
  source_.reset();
  phase_ = Phase::Idle;
}
