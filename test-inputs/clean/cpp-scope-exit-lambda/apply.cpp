// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

template <typename F> class Finally {
public:
  explicit Finally(F f) : f_(std::move(f)) {}
  ~Finally() { f_(); }
  Finally(const Finally &) = delete;
  Finally &operator=(const Finally &) = delete;

private:
  F f_;
};

class Applier {
public:
  bool prepare(std::unique_ptr<std::vector<std::string>> plan) {
    if (prepared_ || !plan)
      return false;
    plan_ = std::move(plan);
    prepared_ = true;
    return true;
  }
  std::size_t apply(const std::function<bool(const std::string &)> &run) {
    if (!prepared_)
      return 0;
    Finally clear([this] {
      prepared_ = false;
      plan_.reset();
    });
    std::size_t n = 0;
    for (const auto &s : *plan_) {
      if (!run(s))
        return n;
      ++n;
    }
    applied_ += n;
    return n;
  }
  std::size_t pending() const { return prepared_ ? plan_->size() : 0; }
  std::size_t applied() const { return applied_; }

private:
  std::unique_ptr<std::vector<std::string>> plan_;
  bool prepared_ = false;
  std::size_t applied_ = 0;
};

std::unique_ptr<Applier> makeApplier() { return std::make_unique<Applier>(); }
