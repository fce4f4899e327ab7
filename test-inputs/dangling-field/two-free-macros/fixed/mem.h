// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef MEM_H
#define MEM_H
#include <stdlib.h>
#define XFREE(p) free(p)
#define SAFE_FREE(p)                                                                               \
  do {                                                                                             \
    if (p) {                                                                                       \
      free(p);                                                                                     \
      (p) = NULL;                                                                                  \
    }                                                                                              \
  } while (0)
#endif
