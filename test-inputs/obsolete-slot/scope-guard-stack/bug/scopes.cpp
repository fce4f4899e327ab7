// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>

struct Scope {
  std::map<std::string, int> names;
};

class Scopes {
public:
  bool push();
  void pop();
  void declare(const std::string &n, int id) { stack_[depth_ - 1]->names[n] = id; }
  int lookup(const std::string &n) const;

private:
  std::array<std::shared_ptr<Scope>, 64> stack_;
  unsigned depth_ = 0, deepest_ = 0;
};

bool Scopes::push() {
  if (depth_ == stack_.size())
    return false;
  stack_[depth_] = std::make_shared<Scope>();
  ++depth_;
  if (depth_ > deepest_)
    deepest_ = depth_;
  return true;
}

void Scopes::pop() {
  if (depth_ == 0)
    return;
  --depth_;
}

int Scopes::lookup(const std::string &n) const {
  for (unsigned i = depth_; i-- > 0;) {
    auto it = stack_[i]->names.find(n);
    if (it != stack_[i]->names.end())
      return it->second;
  }
  return -1;
}

std::unique_ptr<Scopes> makeScopes() { return std::make_unique<Scopes>(); }
