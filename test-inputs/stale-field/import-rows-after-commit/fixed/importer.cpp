// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

struct Row {
  std::string key;
  std::string value;
};

class Importer {
public:
  void begin();
  void add(std::unique_ptr<Row> row);
  std::size_t commit(std::ostream &sink);
  void rollback();
  bool open() const { return open_; }
  std::size_t total() const { return total_; }

private:
  std::vector<std::unique_ptr<Row>> rows_;
  bool open_ = false;
  std::size_t total_ = 0, batches_ = 0;
};

void Importer::begin() {
  if (open_)
    throw std::logic_error("an import is open");
  rows_.clear();
  open_ = true;
}

void Importer::add(std::unique_ptr<Row> row) {
  if (!open_)
    throw std::logic_error("no import is open");
  if (row->key.empty())
    return;
  rows_.push_back(std::move(row));
}

std::size_t Importer::commit(std::ostream &sink) {
  if (!open_)
    return 0;
  std::size_t n = 0;
  for (const auto &r : rows_) {
    sink << r->key << '=' << r->value << '\n';
    ++n;
  }
  total_ += n;
  ++batches_;
  rows_.clear();
  open_ = false;
  return n;
}

void Importer::rollback() {
  if (!open_)
    return;
  rows_.clear();
  open_ = false;
}

std::unique_ptr<Importer> makeImporter() { return std::make_unique<Importer>(); }
