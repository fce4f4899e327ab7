// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef XMEM_H
#define XMEM_H
#include <stddef.h>
void *xmalloc(size_t n);
char *xstrdup(const char *s);
void xfree(void *p);
size_t xmem_used(void);
#endif
