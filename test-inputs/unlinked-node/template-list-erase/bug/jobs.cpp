// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "list.hpp"
#include <memory>
#include <string>
#include <vector>

struct Job {
  std::string name;
  std::vector<char> data;
};

class Jobs {
public:
  void add(std::string name) { list_.insert(Job{std::move(name), {}}); }
  List<Job>::Handle steal(const std::string &name) {
    return list_.extract([&](const Job &j) { return j.name == name; });
  }
  void give(List<Job>::Handle h) { list_.insert(std::move(h)); }
  std::size_t size() const { return list_.size(); }

private:
  List<Job> list_;
};

std::unique_ptr<Jobs> makeJobs() { return std::make_unique<Jobs>(); }
