// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "config.h"
#include <stdio.h>

int config_print(const struct config *c) {
  return printf("%s:%d\n", c->host ? c->host : "*", c->port);
}
