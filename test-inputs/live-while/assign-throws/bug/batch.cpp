// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <memory>
#include <retsan/annotations.h>
#include <stdexcept>
#include <vector>

class Batch {
public:
  void load(std::unique_ptr<std::vector<int>> work);
  int run(int limit);
  bool ready() const { return ready_; }

private:
  bool ready_ = false;
  std::unique_ptr<std::vector<int>> work_ RETSAN_LIVE_WHILE(ready_);
};

void Batch::load(std::unique_ptr<std::vector<int>> work) {
  work_ = std::move(work);
  ready_ = work_ != nullptr;
}

int Batch::run(int limit) {
  if (!ready_)
    return 0;
  ready_ = false;
  int sum = 0;
  for (int n : *work_)
    sum += n;
  if (sum > limit)
    throw std::out_of_range("limit");
  work_.reset();
  return sum;
}

std::unique_ptr<Batch> makeBatch() { return std::make_unique<Batch>(); }
