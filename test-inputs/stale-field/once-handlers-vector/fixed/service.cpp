// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "gate.hpp"
#include <memory>
#include <string>

struct Cache {
  std::string warm;
};

void warmUp(std::shared_ptr<Cache> cache) {
  startup::startupGate().whenOpen([cache] { cache->warm = "yes"; });
}

bool started() { return startup::startupGate().isOpen(); }
