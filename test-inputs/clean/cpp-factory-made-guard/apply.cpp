// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

template <typename F> class Cleanup {
public:
  explicit Cleanup(F f) : f_(std::move(f)) {}
  Cleanup(Cleanup &&o) : f_(std::move(o.f_)), armed_(std::exchange(o.armed_, false)) {}
  ~Cleanup() {
    if (armed_)
      f_();
  }
  Cleanup &operator=(Cleanup &&) = delete;

private:
  F f_;
  bool armed_ = true;
};

template <typename F> Cleanup<F> makeCleanup(F f) { return Cleanup<F>(std::move(f)); }

class Migration {
public:
  bool prepare(std::unique_ptr<std::vector<std::string>> steps) {
    if (ready_ || !steps)
      return false;
    steps_ = std::move(steps);
    ready_ = true;
    return true;
  }
  std::size_t apply(const std::function<bool(const std::string &)> &run) {
    if (!ready_)
      return 0;
    auto done = makeCleanup([this] {
      ready_ = false;
      steps_.reset();
    });
    std::size_t n = 0;
    for (const auto &s : *steps_) {
      if (!run(s))
        return n;
      ++n;
    }
    applied_ += n;
    return n;
  }
  std::size_t pending() const { return ready_ ? steps_->size() : 0; }
  std::size_t applied() const { return applied_; }

private:
  std::unique_ptr<std::vector<std::string>> steps_;
  bool ready_ = false;
  std::size_t applied_ = 0;
};

std::unique_ptr<Migration> makeMigration() { return std::make_unique<Migration>(); }
