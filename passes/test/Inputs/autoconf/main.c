/* The program of the project. */
#include "all.h"
static struct box *the_box;
int main(void) {
  the_box = box_new();
  box_fill(the_box);
  box_finish(the_box);
  printf("done %d\n", *(char *)the_box->other);
  return 0;
}
