// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "intmap.hpp"
#include <utility>

IntMap::IntMap() : cells_(new Cell[16]), cap_(16) {}

const Cell *IntMap::probe(const Cell *cells, std::size_t cap, long key) {
  for (std::size_t i = 0; i < cap; ++i) {
    const Cell &c = cells[(static_cast<std::size_t>(key) + i) % cap];
    if (!c.used)
      return nullptr;
    if (c.key == key)
      return &c;
  }
  return nullptr;
}

void IntMap::place(Cell *cells, std::size_t cap, long key, long value) {
  for (std::size_t i = 0; i < cap; ++i) {
    Cell &c = cells[(static_cast<std::size_t>(key) + i) % cap];
    if (!c.used || c.key == key) {
      c = Cell{key, value, true};
      return;
    }
  }
}

void IntMap::beginGrowth() {
  old_ = std::move(cells_);
  oldCap_ = cap_;
  cap_ *= 2;
  cells_.reset(new Cell[cap_]);
  moved_ = 0;
  phase_ = Phase::Migrating;
}

void IntMap::migrateSome(std::size_t n) {
  while (n-- > 0 && moved_ < oldCap_) {
    const Cell &c = old_[moved_++];
    if (c.used && !probe(cells_.get(), cap_, c.key))
      place(cells_.get(), cap_, c.key, c.value);
  }
  if (moved_ == oldCap_) {
    phase_ = Phase::Stable;
    oldCap_ = 0;
  }
}

void IntMap::insert(long key, long value) {
  if (phase_ == Phase::Migrating)
    migrateSome(4);
  else if (size_ * 2 > cap_)
    beginGrowth();
  if (!find(key))
    ++size_;
  place(cells_.get(), cap_, key, value);
}

const long *IntMap::find(long key) const {
  if (const Cell *c = probe(cells_.get(), cap_, key))
    return &c->value;
  if (phase_ == Phase::Migrating)
    if (const Cell *c = probe(old_.get(), oldCap_, key))
      return &c->value;
  return nullptr;
}

IntMap *newIntMap() { return new IntMap; }
