// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sym {
struct Table {
  std::vector<std::vector<std::string>> buckets;
  std::size_t count = 0;
  explicit Table(std::size_t n) : buckets(n) {}
};

class Interner {
public:
  Interner() : cur_(std::make_unique<Table>(8)) {}
  bool contains(const std::string &s) const;
  bool add(const std::string &s);
  void idle(int steps);
  std::size_t size() const { return count_; }

private:
  void grow();
  void step();
  static bool in(const Table &t, const std::string &s);
  static void put(Table &t, const std::string &s);
  std::unique_ptr<Table> cur_, old_;
  std::size_t next_ = 0, count_ = 0;
  bool moving_ = false;
};
} // namespace sym
