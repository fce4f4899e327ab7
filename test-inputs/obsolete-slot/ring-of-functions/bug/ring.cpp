// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

class TaskRing {
public:
  bool post(std::function<void()> task);
  bool run();
  std::size_t pending() const { return count_; }

private:
  static constexpr std::size_t N = 128;
  std::function<void()> slots_[N];
  std::size_t head_ = 0, count_ = 0;
};

bool TaskRing::post(std::function<void()> task) {
  if (count_ == N)
    return false;
  slots_[(head_ + count_) % N] = std::move(task);
  ++count_;
  return true;
}

bool TaskRing::run() {
  if (count_ == 0)
    return false;
  std::function<void()> &task = slots_[head_];
  head_ = (head_ + 1) % N;
  --count_;
  task();
  return true;
}

struct Blob {
  std::vector<char> bytes;
};

void postLater(TaskRing &ring, std::shared_ptr<Blob> blob) {
  ring.post([blob] { blob->bytes.push_back('x'); });
}

std::unique_ptr<TaskRing> makeRing() { return std::make_unique<TaskRing>(); }
