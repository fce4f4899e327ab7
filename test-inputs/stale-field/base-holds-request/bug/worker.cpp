// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

struct Task {
  std::string name;
  int cost = 0;
};

class Worker {
public:
  virtual ~Worker() = default;
  bool assign(std::unique_ptr<Task> t);
  bool busy() const { return busy_; }
  int remaining() const { return busy_ ? task_->cost - spent_ : 0; }
  unsigned completed() const { return completed_; }
  virtual void poll() = 0;

protected:
  std::unique_ptr<Task> task_;
  bool busy_ = false;
  int spent_ = 0;
  unsigned completed_ = 0;
};

bool Worker::assign(std::unique_ptr<Task> t) {
  if (busy_ || !t)
    return false;
  task_ = std::move(t);
  spent_ = 0;
  busy_ = true;
  return true;
}

class PrintWorker : public Worker {
public:
  explicit PrintWorker(std::FILE *out) : out_(out) {}
  void poll() override;

private:
  void recycle();
  std::FILE *out_;
};

void PrintWorker::poll() {
  if (!busy_)
    return;
  if (spent_ < task_->cost) {
    std::fprintf(out_, "%s %d/%d\n", task_->name.c_str(), ++spent_, task_->cost);
    return;
  }
  recycle();
}

void PrintWorker::recycle() {
  ++completed_;
  busy_ = false;
}

std::unique_ptr<Worker> makePrintWorker() { return std::make_unique<PrintWorker>(stdout); }
