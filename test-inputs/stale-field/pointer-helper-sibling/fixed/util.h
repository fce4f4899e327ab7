// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef UTIL_H
#define UTIL_H
void release(char **p);
int assign(char **p, const char *value);
#endif
