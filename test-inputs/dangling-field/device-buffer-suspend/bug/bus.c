// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bus.h"
#include <stdio.h>
#include <stdlib.h>

void *bus_alloc(size_t n) { return aligned_alloc(64, (n + 63) & ~(size_t)63); }
void bus_release(void *p) { free(p); }
void device_log(const struct device *d, const char *what) { fprintf(stderr, "dev%u: %s\n", d->id, what); }
