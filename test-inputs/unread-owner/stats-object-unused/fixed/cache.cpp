// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <unordered_map>

struct Stats {
  unsigned long hits = 0, misses = 0;
};

class Cache {
public:
  Cache() : stats_(std::make_unique<Stats>()) {}
  const std::string *get(int key);
  void put(int key, std::string v) { map_[key] = std::move(v); }

private:
  std::unordered_map<int, std::string> map_;
  std::unique_ptr<Stats> stats_;
};

const std::string *Cache::get(int key) {
  auto it = map_.find(key);
  if (it == map_.end()) {
    ++stats_->misses;
    return nullptr;
  }
  ++stats_->hits;
  return &it->second;
}

std::unique_ptr<Cache> makeCache() { return std::make_unique<Cache>(); }
