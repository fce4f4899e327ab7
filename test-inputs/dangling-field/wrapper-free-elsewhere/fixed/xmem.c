// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "xmem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 16

static size_t used;

void *xmalloc(size_t n) {
  char *p = malloc(n + HEADER);
  if (!p) {
    fputs("out of memory\n", stderr);
    abort();
  }
  memcpy(p, &n, sizeof n);
  used += n;
  return p + HEADER;
}

char *xstrdup(const char *s) {
  size_t n = strlen(s) + 1;
  return memcpy(xmalloc(n), s, n);
}

void xfree(void *p) {
  size_t n;
  if (!p)
    return;
  char *real = (char *)p - HEADER;
  memcpy(&n, real, sizeof n);
  used -= n;
  free(real);
}

size_t xmem_used(void) { return used; }
