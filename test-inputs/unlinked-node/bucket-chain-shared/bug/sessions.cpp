// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <array>
#include <functional>
#include <memory>
#include <string>

struct Session {
  std::string key;
  int user = 0;
  std::shared_ptr<Session> nextInBucket;
};

class Sessions {
public:
  std::shared_ptr<Session> create(const std::string &key, int user);
  std::shared_ptr<Session> find(const std::string &key) const;
  std::shared_ptr<Session> take(const std::string &key);
  std::size_t size() const { return size_; }

private:
  std::size_t bucket(const std::string &key) const { return std::hash<std::string>()(key) % table_.size(); }
  std::array<std::shared_ptr<Session>, 64> table_;
  std::size_t size_ = 0;
};

std::shared_ptr<Session> Sessions::create(const std::string &key, int user) {
  auto s = std::make_shared<Session>();
  s->key = key;
  s->user = user;
  auto &head = table_[bucket(key)];
  s->nextInBucket = head;
  head = s;
  ++size_;
  return s;
}

std::shared_ptr<Session> Sessions::find(const std::string &key) const {
  for (auto s = table_[bucket(key)]; s; s = s->nextInBucket)
    if (s->key == key)
      return s;
  return nullptr;
}

std::shared_ptr<Session> Sessions::take(const std::string &key) {
  auto &head = table_[bucket(key)];
  std::shared_ptr<Session> prev;
  for (auto s = head; s; prev = s, s = s->nextInBucket) {
    if (s->key != key)
      continue;
    if (prev)
      prev->nextInBucket = s->nextInBucket;
    else
      head = s->nextInBucket;
    --size_;
    return s;
  }
  return nullptr;
}

std::unique_ptr<Sessions> makeSessions() { return std::make_unique<Sessions>(); }
