// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <coroutine>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

struct Sent {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) { waiter = h; }
  void await_resume() {}
  std::coroutine_handle<> waiter;
};

std::size_t compress(const std::string &text);

class Upload {
public:
  bool fill(std::string text) {
    if (sending_)
      return false;
    draft_ = std::make_unique<std::string>(std::move(text));
    return true;
  }
  std::size_t size() const { return sending_ || !draft_ ? 0 : draft_->size(); }
  Task send() {
    if (sending_ || !draft_)
      co_return;
    bytes_ = compress(*draft_);
    draft_.reset();
    sending_ = true;
    co_await Sent{};
    sending_ = false;
  }
  std::size_t bytes() const { return bytes_; }

private:
  std::unique_ptr<std::string> draft_;
  bool sending_ = false;
  std::size_t bytes_ = 0;
};

std::unique_ptr<Upload> makeUpload() { return std::make_unique<Upload>(); }
