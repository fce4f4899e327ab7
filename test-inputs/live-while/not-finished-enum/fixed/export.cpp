// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <retsan/annotations.h>
#include <string>
#include <vector>

enum class JobState { Waiting, Running, Finished, Failed };

class Export {
public:
  bool start(std::vector<std::string> rows);
  bool step();
  void fail(const std::string &why);
  JobState state() const { return state_; }

private:
  JobState state_ = JobState::Waiting;
  std::unique_ptr<std::vector<std::string>> rows_ RETSAN_LIVE_WHILE(state_ == JobState::Running);
  std::size_t at_ = 0;
  std::string error_;
};

bool Export::start(std::vector<std::string> rows) {
  if (state_ == JobState::Running)
    return false;
  rows_ = std::make_unique<std::vector<std::string>>(std::move(rows));
  at_ = 0;
  state_ = JobState::Running;
  return true;
}

bool Export::step() {
  if (state_ != JobState::Running)
    return false;
  if (++at_ < rows_->size())
    return true;
  rows_.reset();
  state_ = JobState::Finished;
  return false;
}

void Export::fail(const std::string &why) {
  if (state_ != JobState::Running)
    return;
  error_ = why;
  rows_.reset();
  state_ = JobState::Failed;
}

std::unique_ptr<Export> makeExport() { return std::make_unique<Export>(); }
