// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

struct Call {
  std::string method;
  std::unique_ptr<std::string> argument;
};

class Dispatcher {
public:
  using Handler = std::function<std::string(const Call &)>;
  explicit Dispatcher(Handler h) : handler_(std::move(h)) {}
  std::string dispatch(Call c);
  std::string currentMethod() const { return busy_ ? current_->method : std::string(); }
  unsigned failures() const { return failures_; }

private:
  struct Running {
    Dispatcher &d;
    explicit Running(Dispatcher &owner) : d(owner) { d.busy_ = true; }
    ~Running() {
      d.busy_ = false;
      d.current_.reset();
    }
  };
  Handler handler_;
  std::unique_ptr<Call> current_;
  bool busy_ = false;
  unsigned failures_ = 0;
};

std::string Dispatcher::dispatch(Call c) {
  if (busy_)
    throw std::logic_error("re-entered");
  current_ = std::make_unique<Call>(std::move(c));
  Running guard(*this);
  try {
    return handler_(*current_);
  } catch (const std::exception &) {
    ++failures_;
    throw;
  }
}

std::unique_ptr<Dispatcher> makeDispatcher() {
  return std::make_unique<Dispatcher>([](const Call &c) { return c.method; });
}
