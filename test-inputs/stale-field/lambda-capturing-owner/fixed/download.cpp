// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Window {
  std::string title;
  std::vector<unsigned char> pixels;
  void progress(std::size_t done, std::size_t all) {
    title = std::to_string(done) + "/" + std::to_string(all);
  }
};

class Download {
public:
  enum class State { Queued, Running, Complete, Cancelled };
  explicit Download(std::string url) : url_(std::move(url)) {}
  bool run(std::size_t total, std::function<void(std::size_t, std::size_t)> progress);
  void received(std::size_t n);
  void cancel();
  State state() const { return state_; }
  const std::string &url() const { return url_; }
  std::size_t bytes() const { return got_; }

private:
  void end(State s);
  std::string url_;
  State state_ = State::Queued;
  std::size_t got_ = 0, total_ = 0;
  std::function<void(std::size_t, std::size_t)> progress_;
};

bool Download::run(std::size_t total, std::function<void(std::size_t, std::size_t)> progress) {
  if (state_ != State::Queued)
    return false;
  total_ = total;
  progress_ = std::move(progress);
  state_ = State::Running;
  return true;
}

void Download::received(std::size_t n) {
  if (state_ != State::Running)
    return;
  got_ += n;
  if (progress_)
    progress_(got_, total_);
  if (got_ >= total_)
    end(State::Complete);
}

void Download::cancel() {
  if (state_ == State::Running || state_ == State::Queued)
    end(State::Cancelled);
}

void Download::end(State s) {
  state_ = s;
  progress_ = nullptr;
}

class Downloads {
public:
  void start(std::string url, std::size_t total, std::shared_ptr<Window> w) {
    list_.push_back(std::make_unique<Download>(std::move(url)));
    list_.back()->run(total, [w](std::size_t a, std::size_t b) { w->progress(a, b); });
  }
  std::size_t count() const { return list_.size(); }
  Download &at(std::size_t i) { return *list_[i]; }

private:
  std::vector<std::unique_ptr<Download>> list_;
};

Downloads &downloads() {
  static Downloads *all = new Downloads;
  return *all;
}
