// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <utility>

struct Session {
  std::string user;
};

class Slots {
public:
  int take(std::shared_ptr<Session> s);
  void release(int i);
  std::string user(int i) const { return used_[i] ? held_[i]->user : ""; }

private:
  std::shared_ptr<Session> held_[8];
  bool used_[8] = {};
};

int Slots::take(std::shared_ptr<Session> s) {
  for (int i = 0; i < 8; ++i)
    if (!used_[i]) {
      held_[i] = std::move(s);
      used_[i] = true;
      return i;
    }
  return -1;
}

void Slots::release(int i) {
  if (i < 0 || i >= 8 || !used_[i])
    return;
  held_[i].reset();
  used_[i] = false;
}

Slots *makeSlots() { return new Slots; }
