// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <unordered_map>

struct Entry {
  std::string key;
  std::shared_ptr<Entry> newer;
  std::weak_ptr<Entry> older;
};

class Lru {
public:
  std::shared_ptr<Entry> add(const std::string &key);
  std::shared_ptr<Entry> get(const std::string &key) const;
  void drop(const std::shared_ptr<Entry> &e);

private:
  std::unordered_map<std::string, std::shared_ptr<Entry>> map_;
  std::shared_ptr<Entry> oldest_;
  std::weak_ptr<Entry> newest_;
};

std::shared_ptr<Entry> Lru::add(const std::string &key) {
  auto e = std::make_shared<Entry>();
  e->key = key;
  e->older = newest_;
  if (auto n = newest_.lock())
    n->newer = e;
  else
    oldest_ = e;
  newest_ = e;
  map_[key] = e;
  return e;
}

std::shared_ptr<Entry> Lru::get(const std::string &key) const {
  auto it = map_.find(key);
  return it == map_.end() ? nullptr : it->second;
}

void Lru::drop(const std::shared_ptr<Entry> &e) {
  map_.erase(e->key);
  auto before = e->older.lock();
  if (e->newer)
    e->newer->older = e->older;
  else
    newest_ = e->older;
  if (before)
    before->newer = std::move(e->newer);
  else
    oldest_ = std::move(e->newer);
}

std::unique_ptr<Lru> makeLru() { return std::make_unique<Lru>(); }
