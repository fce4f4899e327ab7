// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <any>
#include <functional>
#include <memory>
#include <utility>

class Operation {
public:
  using Progress = std::function<void(int, const std::any &)>;
  explicit Operation(Progress p) : progress_(std::move(p)) {}
  bool start(std::any context, int steps);
  void advance();
  bool running() const { return running_; }
  int percent() const { return steps_ ? done_ * 100 / steps_ : 0; }

private:
  void finish();
  Progress progress_;
  std::any context_;
  bool running_ = false;
  int steps_ = 0, done_ = 0;
};

bool Operation::start(std::any context, int steps) {
  if (running_ || steps <= 0)
    return false;
  context_ = std::move(context);
  steps_ = steps;
  done_ = 0;
  running_ = true;
  return true;
}

void Operation::advance() {
  if (!running_)
    return;
  ++done_;
  progress_(done_, context_);
  if (done_ == steps_)
    finish();
}

void Operation::finish() {
  running_ = false;
}

std::unique_ptr<Operation> makeOperation(Operation::Progress p) {
  return std::make_unique<Operation>(std::move(p));
}
