// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <vector>
#include <array>
#include <cstddef>

struct Scope {
  std::vector<std::string> names;
};

class scopes {
public:
  bool enter() {
    if (depth_ == at.size())
      return false;
    at[depth_++] = std::make_unique<Scope>();
    return true;
  }
  void declare(const std::string &n) {
    if (depth_)
      at[depth_ - 1]->names.push_back(n);
  }
  bool knows(const std::string &n) const {
    for (std::size_t i = depth_; i-- > 0;)
      for (const std::string &x : at[i]->names)
        if (x == n)
          return true;
    return false;
  }
  void leave() {
    if (depth_ > 0)
      --depth_;
  }
  std::size_t depth() const { return depth_; }

private:
  std::array<std::unique_ptr<Scope>, 32> at;
  std::size_t depth_ = 0;
};

scopes *make() { return new scopes; }
