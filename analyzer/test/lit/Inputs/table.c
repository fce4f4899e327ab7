#include <stdlib.h>

struct table {
  int *slots;
  int *old;
  int moving;
};

struct table *table_new(void) { return calloc(1, sizeof(struct table)); }

void table_free(struct table *t) {
  free(t->old);
  free(t->slots);
  free(t);
}

void table_grow(struct table *t) {
  if (t->moving)
    return;
  free(t->old);
  t->old = t->slots;
  t->slots = calloc(8, sizeof(int));
  t->moving = 1;
}

void table_done(struct table *t) { t->moving = 0; }

int table_get(struct table *t, int i) {
  if (t->moving && t->old)
    return t->old[i];
  return t->slots ? t->slots[i] : 0;
}

#ifdef LATE_USE /* what the scan did not see */
#include "table_late.h"
#endif
