// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <memory>
struct Cell {
  long key = 0;
  long value = 0;
  bool used = false;
};
class IntMap {
public:
  IntMap();
  void insert(long key, long value);
  const long *find(long key) const;
  std::size_t size() const { return size_; }
  bool migrating() const { return phase_ == Phase::Migrating; }

private:
  enum class Phase { Stable, Migrating };
  void beginGrowth();
  void migrateSome(std::size_t n);
  static const Cell *probe(const Cell *cells, std::size_t cap, long key);
  static void place(Cell *cells, std::size_t cap, long key, long value);
  std::unique_ptr<Cell[]> cells_;
  std::unique_ptr<Cell[]> old_;
  std::size_t cap_ = 0, oldCap_ = 0, size_ = 0, moved_ = 0;
  Phase phase_ = Phase::Stable;
};
