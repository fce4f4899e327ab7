// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Row {
  int key = 0;
  std::string text;
};

class Snapshot {
public:
  Snapshot() : rows_(new std::vector<Row>) {}
  void update(int key, std::string text);
  const Row *find(int key);
  void beginVersion();
  std::size_t size() const { return rows_->size(); }

private:
  void carry(std::size_t n);
  static const Row *lookup(const std::vector<Row> &rows, int key);
  std::unique_ptr<std::vector<Row>> rows_;
  std::unique_ptr<std::vector<Row>> previous_;
  std::size_t carried_ = 0;
};

const Row *Snapshot::lookup(const std::vector<Row> &rows, int key) {
  for (const Row &r : rows)
    if (r.key == key)
      return &r;
  return nullptr;
}

void Snapshot::beginVersion() {
  if (previous_)
    return;
  previous_ = std::move(rows_);
  rows_ = std::make_unique<std::vector<Row>>();
  carried_ = 0;
}

void Snapshot::carry(std::size_t n) {
  for (; n > 0 && carried_ < previous_->size(); --n, ++carried_) {
    const Row &r = (*previous_)[carried_];
    if (!lookup(*rows_, r.key))
      rows_->push_back(r);
  }
  if (carried_ == previous_->size())
    previous_.reset();
}

void Snapshot::update(int key, std::string text) {
  if (previous_)
    carry(1);
  rows_->push_back(Row{key, std::move(text)});
}

const Row *Snapshot::find(int key) {
  if (previous_)
    carry(4);
  if (const Row *r = lookup(*rows_, key))
    return r;
  return previous_ ? lookup(*previous_, key) : nullptr;
}

Snapshot *makeSnapshot() { return new Snapshot; }
