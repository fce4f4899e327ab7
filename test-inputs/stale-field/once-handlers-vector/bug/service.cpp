// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "gate.hpp"
#include <memory>
#include <string>

struct Cache {
  std::string warm;
};

void warmUp(std::shared_ptr<Cache> cache) {
  sync::startupGate().whenOpen([cache] { cache->warm = "yes"; });
}

bool started() { return sync::startupGate().isOpen(); }
