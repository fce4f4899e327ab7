// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conn.h"

size_t handle_body(const char *body, size_t len) {
  size_t sum = 0;
  for (size_t i = 0; i < len; i++)
    sum += (unsigned char)body[i];
  return sum;
}
