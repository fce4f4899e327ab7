// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

struct Cache {
  std::map<std::string, std::string> rows;
};

class Service {
public:
  using Loader = std::function<std::string(const std::string &)>;
  Service(Loader load, std::function<void(const std::string &)> changed)
      : cache_(std::make_unique<Cache>()), load_(std::move(load)), changed_(std::move(changed)) {}
  const std::string &get(const std::string &key);
  void invalidate(const std::string &key);
  void replaceLoader(Loader load) { load_ = std::move(load); }
  void share(std::shared_ptr<Cache> c) { shared_ = std::move(c); }
  bool knows(const std::string &key) const;

private:
  std::unique_ptr<Cache> cache_;
  std::shared_ptr<Cache> shared_;
  Loader load_;
  std::function<void(const std::string &)> changed_;
};

const std::string &Service::get(const std::string &key) {
  auto it = cache_->rows.find(key);
  if (it == cache_->rows.end()) {
    it = cache_->rows.emplace(key, load_(key)).first;
    changed_(key);
  }
  return it->second;
}

void Service::invalidate(const std::string &key) {
  if (cache_->rows.erase(key) > 0)
    changed_(key);
}

bool Service::knows(const std::string &key) const {
  if (shared_ && shared_->rows.count(key))
    return true;
  return cache_->rows.count(key) > 0;
}

std::unique_ptr<Service> makeService(Service::Loader load) {
  return std::make_unique<Service>(std::move(load), [](const std::string &) {});
}
