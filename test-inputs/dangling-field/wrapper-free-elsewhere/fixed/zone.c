// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "xmem.h"

struct zone {
  char *origin;
  char *soa;
  unsigned serial;
  int retired;
};

struct zone *zone_new(const char *origin) {
  struct zone *z = xmalloc(sizeof *z);
  z->origin = xstrdup(origin);
  z->soa = 0;
  z->serial = 0;
  z->retired = 0;
  return z;
}

void zone_set_soa(struct zone *z, const char *soa, unsigned serial) {
  xfree(z->soa);
  z->soa = xstrdup(soa);
  z->serial = serial;
  z->retired = 0;
}

void zone_retire(struct zone *z) {
  if (z->retired)
    return;
  z->retired = 1;
  xfree(z->soa);
  z->soa = 0;
}

const char *zone_soa(const struct zone *z) { return z->soa ? z->soa : "."; }
unsigned zone_serial(const struct zone *z) { return z->serial; }

void zone_delete(struct zone *z) {
  xfree(z->origin);
  xfree(z->soa);
  xfree(z);
}
