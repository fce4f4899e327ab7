// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>
class Index {
public:
  void adopt(std::unique_ptr<std::vector<std::string>> legacy);
  void add(const std::string &key);
  bool contains(const std::string &key) const;
  std::size_t size() const { return tree_.size(); }
  bool advance(std::size_t n);

private:
  void fold(std::size_t n);
  std::set<std::string> tree_;
  std::unique_ptr<std::vector<std::string>> legacy_;
  std::size_t folded_ = 0;
};
