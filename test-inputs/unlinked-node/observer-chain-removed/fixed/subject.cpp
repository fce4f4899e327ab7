// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <utility>

class Observer {
public:
  virtual ~Observer() = default;
  virtual void update(int v) = 0;

private:
  friend class Source;
  std::shared_ptr<Observer> next_;
};

class Source {
public:
  void add(std::shared_ptr<Observer> o) {
    o->next_ = std::move(first_);
    first_ = std::move(o);
  }
  void remove(const std::shared_ptr<Observer> &o);
  void notify(int v) {
    for (Observer *o = first_.get(); o; o = o->next_.get())
      o->update(v);
  }

private:
  std::shared_ptr<Observer> first_;
};

void Source::remove(const std::shared_ptr<Observer> &o) {
  for (std::shared_ptr<Observer> *p = &first_; *p; p = &(*p)->next_)
    if (*p == o) {
      *p = std::move(o->next_);
      return;
    }
}

std::unique_ptr<Source> makeSource() { return std::make_unique<Source>(); }
