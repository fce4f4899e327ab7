// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <map>
#include <memory>
#include <string>

struct Entry {
  std::string name;
  unsigned long size = 0;
  unsigned hits = 0;
};

class Directory {
public:
  Entry *lookup(const std::string &name);
  void add(const std::string &name, unsigned long size);
  bool forget(const std::string &name);
  void forgetAll();

private:
  std::map<std::string, std::unique_ptr<Entry>> entries_;
  Entry *lastHit_ = nullptr;
};

Entry *Directory::lookup(const std::string &name) {
  if (lastHit_ && lastHit_->name == name) {
    ++lastHit_->hits;
    return lastHit_;
  }
  auto it = entries_.find(name);
  if (it == entries_.end())
    return nullptr;
  lastHit_ = it->second.get();
  return lastHit_;
}

void Directory::add(const std::string &name, unsigned long size) {
  if (entries_.count(name))
    return;
  auto e = std::make_unique<Entry>();
  e->name = name;
  e->size = size;
  entries_[name] = std::move(e);
}

bool Directory::forget(const std::string &name) {
  auto it = entries_.find(name);
  if (it == entries_.end())
    return false;
  entries_.erase(it);
  return true;
}

void Directory::forgetAll() {
  lastHit_ = nullptr;
  entries_.clear();
}

std::unique_ptr<Directory> makeDirectory() { return std::make_unique<Directory>(); }
