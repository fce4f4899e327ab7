// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace db {
struct Segment {
  std::map<std::uint64_t, std::string> rows;
};

class Index {
public:
  Index() : active_(std::make_unique<Segment>()) {}
  void insert(std::uint64_t key, std::string value);
  std::optional<std::string> find(std::uint64_t key) const;
  void idle();
  std::size_t splits() const { return splits_; }

private:
  void drain(int n);
  std::unique_ptr<Segment> active_;
  std::unique_ptr<Segment> draining_;
  std::size_t splits_ = 0;
};

void Index::drain(int n) {
  while (n-- > 0 && !draining_->rows.empty()) {
    auto it = draining_->rows.begin();
    active_->rows.emplace(it->first, std::move(it->second));
    draining_->rows.erase(it);
  }
  if (draining_->rows.empty())
    draining_.reset();
}

void Index::insert(std::uint64_t key, std::string value) {
  if (draining_)
    drain(8);
  else if (active_->rows.size() > 4096) {
    draining_ = std::move(active_);
    active_ = std::make_unique<Segment>();
    ++splits_;
  }
  active_->rows[key] = std::move(value);
}

void Index::idle() {
  if (draining_)
    drain(64);
}

std::optional<std::string> Index::find(std::uint64_t key) const {
  if (auto it = active_->rows.find(key); it != active_->rows.end())
    return it->second;
  if (draining_)
    if (auto it = draining_->rows.find(key); it != draining_->rows.end())
      return it->second;
  return std::nullopt;
}
} // namespace db

std::unique_ptr<db::Index> makeIndex() { return std::make_unique<db::Index>(); }
