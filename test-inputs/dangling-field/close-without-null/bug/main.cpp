// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "channel.hpp"
#include <cstdio>
#include <cstdlib>
#include <memory>

int main(int argc, char **argv) {
  auto ch = std::make_unique<net::Channel>(argc > 1 ? std::atoi(argv[1]) : 0);
  ch->open();
  while (ch->isOpen()) {
    if (ch->receive() == 0)
      break;
    std::printf("%zu\n", ch->buffered());
    if (ch->buffered() > 4000)
      ch->reopen(0);
  }
  ch->close();
  return 0;
}
