// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "manager.hpp"

Session &Manager::open(int id) {
  sessions_.push_back(std::make_unique<Session>(*this, id));
  current_ = sessions_.back().get();
  return *current_;
}

bool Manager::select(int id) {
  for (auto &s : sessions_)
    if (s->id() == id) {
      current_ = s.get();
      return true;
    }
  return false;
}

bool Manager::say(const std::string &s) {
  if (!current_)
    return false;
  current_->hear(s);
  return true;
}

void Manager::remove(Session *gone) {
  for (auto it = sessions_.begin(); it != sessions_.end(); ++it)
    if (it->get() == gone) {
      sessions_.erase(it);
      return;
    }
}
