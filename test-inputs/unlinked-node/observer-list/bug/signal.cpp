// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <memory>
#include <utility>

struct Observer {
  std::function<void(int)> fn;
  std::shared_ptr<Observer> next;
  bool active = true;
};

class Signal {
public:
  std::shared_ptr<Observer> subscribe(std::function<void(int)> fn);
  bool unsubscribe(const std::shared_ptr<Observer> &o);
  void emit(int v) const;

private:
  std::shared_ptr<Observer> first_;
};

std::shared_ptr<Observer> Signal::subscribe(std::function<void(int)> fn) {
  auto o = std::make_shared<Observer>();
  o->fn = std::move(fn);
  o->next = first_;
  first_ = o;
  return o;
}

bool Signal::unsubscribe(const std::shared_ptr<Observer> &o) {
  if (!o->active)
    return false;
  o->active = false;
  o->fn = nullptr;
  if (first_ == o) {
    first_ = o->next;
    return true;
  }
  for (Observer *p = first_.get(); p; p = p->next.get())
    if (p->next == o) {
      p->next = o->next;
      return true;
    }
  return false;
}

void Signal::emit(int v) const {
  for (auto o = first_; o; o = o->next)
    if (o->active)
      o->fn(v);
}

std::unique_ptr<Signal> makeSignal() { return std::make_unique<Signal>(); }
