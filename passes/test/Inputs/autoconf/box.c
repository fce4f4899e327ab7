/* The library of the project. */
#include "all.h"
struct box *box_new(void) { return calloc(1, sizeof(struct box)); }
void box_fill(struct box *b) {
  b->phase = 1;
  b->kept = malloc(3000);
  b->other = malloc(200);
  *(char *)b->other = 1;
}
void box_finish(struct box *b) { b->phase = 0; }
