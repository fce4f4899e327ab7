// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <memory>
#include <retsan/annotations.h>
#include <utility>

class Alarm {
public:
  bool arm(unsigned long due, std::function<void()> fn);
  bool fire(unsigned long now);
  void disarm();
  bool armed() const { return armed_; }
  unsigned fired() const { return fired_; }

private:
  bool armed_ = false;
  unsigned long due_ = 0;
  unsigned fired_ = 0;
  std::function<void()> fn_ RETSAN_LIVE_WHILE(armed_);
};

bool Alarm::arm(unsigned long due, std::function<void()> fn) {
  if (armed_ || !fn)
    return false;
  due_ = due;
  fn_ = std::move(fn);
  armed_ = true;
  return true;
}

bool Alarm::fire(unsigned long now) {
  if (!armed_ || now < due_)
    return false;
  armed_ = false;
  ++fired_;
  fn_();
  return true;
}

void Alarm::disarm() {
  armed_ = false;
  fn_ = nullptr;
}

std::unique_ptr<Alarm> makeAlarm() { return std::make_unique<Alarm>(); }
