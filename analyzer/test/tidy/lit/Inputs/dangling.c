#include <stdlib.h>
#include <string.h>

static char *last;
static int have;

int keep(const char *s) {
  if (have)
    return -1;
  free(last);
  last = strdup(s);
  if (last == NULL)
    return -1;
  have = 1;
  return 0;
}

size_t last_len(void) { return have ? strlen(last) : 0; }

void forget(void) {
  if (!have)
    return;
  have = 0;
  free(last);
}
