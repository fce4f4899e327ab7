// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <array>
#include <bitset>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Player {
  std::string name;
  std::vector<char> avatar;
};

class Lobby {
public:
  int join(std::shared_ptr<Player> p);
  bool leave(int seat);
  std::string nameAt(int seat) const;
  std::size_t players() const { return used_.count(); }

private:
  bool taken(int seat) const {
    return seat >= 0 && seat < 16 && used_[static_cast<std::size_t>(seat)];
  }
  std::array<std::shared_ptr<Player>, 16> seats_;
  std::bitset<16> used_;
};

int Lobby::join(std::shared_ptr<Player> p) {
  for (int i = 0; i < 16; ++i) {
    if (taken(i))
      continue;
    seats_[static_cast<std::size_t>(i)] = std::move(p);
    used_.set(static_cast<std::size_t>(i));
    return i;
  }
  return -1;
}

bool Lobby::leave(int seat) {
  if (!taken(seat))
    return false;
  used_.reset(static_cast<std::size_t>(seat));
  return true;
}

std::string Lobby::nameAt(int seat) const {
  return taken(seat) ? seats_[static_cast<std::size_t>(seat)]->name : std::string();
}

Lobby *makeLobby() { return new Lobby; }
