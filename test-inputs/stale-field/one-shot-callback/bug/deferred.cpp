// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

class Deferred {
public:
  bool then(std::function<void(const std::string &)> fn);
  void settle(std::string value);
  bool settled() const { return settled_; }
  const std::string *value() const { return settled_ ? &value_ : nullptr; }

private:
  bool settled_ = false;
  std::string value_;
  std::function<void(const std::string &)> onReady_;
};

bool Deferred::then(std::function<void(const std::string &)> fn) {
  if (settled_) {
    fn(value_);
    return false;
  }
  onReady_ = std::move(fn);
  return true;
}

void Deferred::settle(std::string value) {
  if (settled_)
    return;
  value_ = std::move(value);
  settled_ = true;
  if (onReady_)
    onReady_(value_);
}

struct Screen {
  std::string shown;
  void show(const std::string &s) { shown = s; }
};

std::shared_ptr<Deferred> fetchInto(std::shared_ptr<Screen> screen) {
  auto d = std::make_shared<Deferred>();
  d->then([screen](const std::string &s) { screen->show(s); });
  return d;
}
