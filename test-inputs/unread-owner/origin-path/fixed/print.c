// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "config.h"
#include <stdio.h>

int config_print(const struct config *c) {
  if (c->origin)
    printf("# %s\n", c->origin);
  return printf("%s:%d\n", c->host ? c->host : "*", c->port);
}
