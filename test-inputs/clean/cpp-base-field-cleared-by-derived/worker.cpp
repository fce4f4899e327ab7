// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

struct Task {
  std::string text;
  int rounds = 1;
};

class Worker {
public:
  virtual ~Worker() = default;
  bool assign(std::unique_ptr<Task> t) {
    if (busy_ || !t)
      return false;
    task_ = std::move(t);
    busy_ = true;
    return true;
  }
  std::string current() const { return busy_ ? task_->text : std::string(); }
  virtual void poll() = 0;

protected:
  std::unique_ptr<Task> task_;
  bool busy_ = false;
};

class Printer final : public Worker {
public:
  void poll() override {
    if (!busy_)
      return;
    std::puts(task_->text.c_str());
    if (--task_->rounds <= 0)
      finish();
  }

private:
  void finish() {
    task_.reset();
    busy_ = false;
  }
};

class Counter final : public Worker {
public:
  void poll() override {
    if (!busy_)
      return;
    chars_ += task_->text.size();
    auto done = std::move(task_);
    busy_ = false;
  }
  std::size_t chars() const { return chars_; }

private:
  std::size_t chars_ = 0;
};

std::unique_ptr<Worker> makeWorker(bool print) {
  if (print)
    return std::make_unique<Printer>();
  return std::make_unique<Counter>();
}
