// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cert.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

char *name_copy(const unsigned char *p, size_t n) {
  char *s = malloc(n + 1);
  if (!s)
    return NULL;
  memcpy(s, p, n);
  s[n] = 0;
  return s;
}

int name_parse(char **out, const unsigned char *p, size_t n) {
  *out = name_copy(p, n);
  if (!*out)
    return -1;
  for (size_t i = 0; i < n; i++)
    if (!isprint(p[i])) {
      free(*out);
      return -2;
    }
  return 0;
}
