/* Everything that the project includes. */
#ifndef ALL_H
#define ALL_H
#include <stdio.h>
#include <stdlib.h>
struct box {
  void *kept;
  void *other;
  int phase;
};
struct box *box_new(void);
void box_fill(struct box *b);
void box_finish(struct box *b);
#endif
