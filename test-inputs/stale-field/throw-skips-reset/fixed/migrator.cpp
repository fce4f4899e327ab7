// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

struct Step {
  std::string sql;
};

struct Plan {
  std::vector<Step> steps;
  std::size_t next = 0;
};

class Migrator {
public:
  explicit Migrator(int version) : version_(version) {}
  bool start(std::unique_ptr<Plan> plan);
  void apply(const std::function<void(const std::string &)> &run);
  std::size_t left() const { return running_ ? plan_->steps.size() - plan_->next : 0; }
  int version() const { return version_; }
  unsigned failures() const { return failures_; }

private:
  int version_;
  bool running_ = false;
  unsigned failures_ = 0;
  std::unique_ptr<Plan> plan_;
};

bool Migrator::start(std::unique_ptr<Plan> plan) {
  if (running_ || !plan)
    return false;
  plan_ = std::move(plan);
  running_ = true;
  return true;
}

void Migrator::apply(const std::function<void(const std::string &)> &run) {
  if (!running_)
    throw std::logic_error("no plan");
  try {
    while (plan_->next < plan_->steps.size())
      run(plan_->steps[plan_->next++].sql);
  } catch (...) {
    ++failures_;
    running_ = false;
    plan_.reset();
    throw;
  }
  ++version_;
  running_ = false;
  plan_.reset();
}

std::unique_ptr<Migrator> migratorFor(int version) { return std::make_unique<Migrator>(version); }
