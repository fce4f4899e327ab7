// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <map>
#include <memory>
#include <string>
#include <utility>

using Routes = std::map<std::string, int>;

class Router {
public:
  explicit Router(Routes routes);
  int find(const std::string &path) const;
  void add(const std::string &path, int handler);
  bool remove(const std::string &path);
  std::size_t size() const { return routes_->size(); }

private:
  std::unique_ptr<Routes> routes_;
};

Router::Router(Routes routes)
    : routes_(std::make_unique<Routes>(std::move(routes))) {}

int Router::find(const std::string &path) const {
  std::string p = path;
  for (;;) {
    auto it = routes_->find(p);
    if (it != routes_->end())
      return it->second;
    auto slash = p.rfind('/');
    if (slash == std::string::npos || p.empty())
      return -1;
    p.resize(slash);
  }
}

void Router::add(const std::string &path, int handler) { (*routes_)[path] = handler; }

bool Router::remove(const std::string &path) { return routes_->erase(path) > 0; }

std::unique_ptr<Router> makeRouter() {
  return std::make_unique<Router>(Routes{{"", 0}, {"/status", 1}});
}
