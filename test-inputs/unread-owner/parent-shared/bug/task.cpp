// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Group {
  std::string name;
  std::vector<int> ids;
};

class Task {
public:
  Task(std::shared_ptr<Group> g, int id) : group_(std::move(g)), id_(id) {}
  int run() { return ++runs_ * id_; }
  std::string title() const { return "task " + std::to_string(id_); }

private:
  std::shared_ptr<Group> group_;
  int id_;
  int runs_ = 0;
};

std::unique_ptr<Task> makeTask(const std::shared_ptr<Group> &g, int id) {
  g->ids.push_back(id);
  return std::make_unique<Task>(g, id);
}
