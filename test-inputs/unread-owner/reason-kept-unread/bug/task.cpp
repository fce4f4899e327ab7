// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>

class Task {
public:
  Task(int id, const char *reason)
      : id_(id), reason_(std::make_unique<std::string>(reason)) {}
  int id() const { return id_; }
  bool run() { return ++runs_ < 3; }

private:
  int id_;
  int runs_ = 0;
  std::unique_ptr<std::string> reason_;
};

int drive(int id) {
  Task t(id, "asked for");
  int n = 0;
  while (t.run())
    n += t.id();
  return n;
}
