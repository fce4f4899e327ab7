// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <memory>
#include <retsan/annotations.h>
#include <string>
#include <vector>
class Upgrade {
public:
  enum class Phase { Idle, Copying, Done };
  bool begin(std::unique_ptr<std::vector<std::string>> source);
  bool step();
  void abort();
  Phase phase() const { return phase_; }
  std::size_t copied() const { return target_.size(); }

private:
  Phase phase_ = Phase::Idle;
  std::unique_ptr<std::vector<std::string>> source_ RETSAN_LIVE_WHILE(phase_ == Phase::Copying);
  std::vector<std::string> target_;
  std::size_t at_ = 0;
};
