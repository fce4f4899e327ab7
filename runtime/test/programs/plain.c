/*===- plain.c - the API without the runtime --------------------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * A program that calls api.h links and runs where there is no runtime.
 *===------------------------------------------------------------------------===*/

#include <retsan/api.h>

static char Arena[64];

int main(void) {
  RETSAN_REGISTER_ROOT(Arena, sizeof Arena);
  size_t Ghost = RETSAN_CHECKPOINT();
  RETSAN_POOL_FREE(Arena, sizeof Arena);
  RETSAN_UNREGISTER_ROOT(Arena);
  return Ghost != 0 || retsan_checkpoint != 0;
}
