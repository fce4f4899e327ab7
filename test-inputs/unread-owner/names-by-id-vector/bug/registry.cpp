// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

struct Record {
  std::uint32_t id;
  std::string name;
  std::vector<std::uint8_t> icon;
};

class Registry {
public:
  std::uint32_t add(std::string name, std::vector<std::uint8_t> icon);
  bool remove(std::uint32_t id);
  std::string name(std::uint32_t id) const;
  std::size_t removed() const { return removed_; }

private:
  mutable std::mutex lock_;
  std::map<std::uint32_t, std::unique_ptr<Record>> live_;
  std::vector<std::unique_ptr<Record>> history_;
  std::uint32_t next_ = 1;
  std::size_t removed_ = 0;
};

std::uint32_t Registry::add(std::string name, std::vector<std::uint8_t> icon) {
  std::lock_guard<std::mutex> guard(lock_);
  auto r = std::make_unique<Record>();
  r->id = next_++;
  r->name = std::move(name);
  r->icon = std::move(icon);
  std::uint32_t id = r->id;
  live_[id] = std::move(r);
  return id;
}

bool Registry::remove(std::uint32_t id) {
  std::lock_guard<std::mutex> guard(lock_);
  auto it = live_.find(id);
  if (it == live_.end())
    return false;
  history_.push_back(std::move(it->second));
  live_.erase(it);
  ++removed_;
  return true;
}

std::string Registry::name(std::uint32_t id) const {
  std::lock_guard<std::mutex> guard(lock_);
  auto it = live_.find(id);
  return it == live_.end() ? std::string() : it->second->name;
}

Registry &registry() {
  static Registry r;
  return r;
}
