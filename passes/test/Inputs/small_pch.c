/* Uses a record of a header. */
#include "small.h"
void keep(struct box *b, void *p) {
  b->kept = p;
  b->phase = 1;
}
