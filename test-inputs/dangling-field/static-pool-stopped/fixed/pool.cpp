// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace {

class Pool {
public:
  void put(std::function<void()> fn) {
    std::lock_guard<std::mutex> hold(mu_);
    queue_.push_back(std::move(fn));
  }
  bool runOne() {
    std::function<void()> fn;
    {
      std::lock_guard<std::mutex> hold(mu_);
      if (queue_.empty())
        return false;
      fn = std::move(queue_.front());
      queue_.pop_front();
    }
    fn();
    return true;
  }

private:
  std::mutex mu_;
  std::deque<std::function<void()>> queue_;
};

Pool *pool;

} // namespace

void submit(std::function<void()> fn) {
  if (!pool)
    pool = new Pool;
  pool->put(std::move(fn));
}

int drain() {
  int n = 0;
  if (!pool)
    return 0;
  while (pool->runOne())
    ++n;
  return n;
}

void stopPool() {
  if (!pool)
    return;
  drain();
  delete pool;
  pool = nullptr;
}
