// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "guarded.hpp"
#include <memory>
#include <string>
#include <vector>

struct Profile {
  std::string name;
  std::vector<char> photo;
};

struct Limits {
  int daily = 0;
};

class Account {
public:
  Account() : profile_(std::make_unique<Profile>()), limits_(std::make_unique<Limits>()) {}
  void rename(const std::string &n) {
    profile_.edit().name = n;
    if (n.empty())
      profile_.rollback();
    else
      profile_.accept();
  }
  void limit(int n) {
    limits_.edit().daily = n;
    limits_.accept();
  }
  const std::string &name() const { return profile_.get().name; }
  int daily() const { return limits_.get().daily; }

private:
  Guarded<Profile> profile_;
  Guarded<Limits> limits_;
};

std::unique_ptr<Account> openAccount() { return std::make_unique<Account>(); }
