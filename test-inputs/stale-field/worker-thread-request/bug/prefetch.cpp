// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Request {
  std::string path;
  std::vector<char> hint;
};

class Prefetcher {
public:
  Prefetcher() : thread_([this] { loop(); }) {}
  ~Prefetcher();
  bool ask(std::unique_ptr<Request> r);
  unsigned served() const;

private:
  void loop();
  mutable std::mutex mu_;
  std::condition_variable cv_;
  std::unique_ptr<Request> wanted_;
  bool have_ = false;
  bool stop_ = false;
  unsigned served_ = 0;
  std::size_t bytes_ = 0;
  std::thread thread_;
};

bool Prefetcher::ask(std::unique_ptr<Request> r) {
  std::lock_guard<std::mutex> hold(mu_);
  if (have_)
    return false;
  wanted_ = std::move(r);
  have_ = true;
  cv_.notify_one();
  return true;
}

void Prefetcher::loop() {
  std::unique_lock<std::mutex> lock(mu_);
  while (!stop_) {
    if (!have_) {
      cv_.wait(lock);
      continue;
    }
    bytes_ += wanted_->path.size() + wanted_->hint.size();
    ++served_;
    have_ = false;
  }
}

unsigned Prefetcher::served() const {
  std::lock_guard<std::mutex> hold(mu_);
  return served_;
}

Prefetcher::~Prefetcher() {
  {
    std::lock_guard<std::mutex> hold(mu_);
    stop_ = true;
    cv_.notify_one();
  }
  thread_.join();
}

Prefetcher *startPrefetcher() { return new Prefetcher; }
