// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

class Pool {
public:
  bool add(std::function<void()> job);
  bool runNext();

private:
  std::function<void()> jobs_[64];
  std::size_t end_ = 0, at_ = 0;
};

bool Pool::add(std::function<void()> job) {
  if (end_ == 64)
    return false;
  jobs_[end_++] = std::move(job);
  return true;
}

bool Pool::runNext() {
  if (at_ == end_)
    return false;
  jobs_[at_++]();
  if (at_ == end_)
    at_ = end_ = 0;
  return true;
}

std::unique_ptr<Pool> makePool() { return std::make_unique<Pool>(); }
