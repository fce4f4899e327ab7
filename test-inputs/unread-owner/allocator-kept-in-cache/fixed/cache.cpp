// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Arena {
  std::vector<std::vector<char>> blocks;
  std::size_t used = 0;
};

class Cache {
public:
  Cache(std::size_t limit, std::shared_ptr<Arena> arena) : limit_(limit), allocator_(std::move(arena)) {}
  bool put(const std::string &k, std::string v);
  const std::string *get(const std::string &k) const;

private:
  std::size_t limit_;
  std::shared_ptr<Arena> allocator_;
  std::map<std::string, std::string> map_;
  std::size_t bytes_ = 0;
};

bool Cache::put(const std::string &k, std::string v) {
  if (bytes_ + v.size() > limit_)
    return false;
  allocator_->used += v.size();
  bytes_ += v.size();
  map_[k] = std::move(v);
  return true;
}

const std::string *Cache::get(const std::string &k) const {
  auto it = map_.find(k);
  return it == map_.end() ? nullptr : &it->second;
}

std::unique_ptr<Cache> makeCache(std::size_t n, std::shared_ptr<Arena> a) {
  return std::make_unique<Cache>(n, std::move(a));
}
