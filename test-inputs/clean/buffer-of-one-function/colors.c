// A global that one function sets, reads and frees: when it comes again it sets
// it first.
#include <stdlib.h>
#include <string.h>

static char *buffer;

static int step(char **at) {
  char c = *(*at)++;
  return c == ':' ? 1 : c ? -1 : 0;
}

int colors_parse(const char *text) {
  char *at;
  int state = 1;
  at = buffer = strdup(text);
  if (!at)
    return -1;
  while (state > 0)
    state = step(&at);
  if (state < 0)
    free(buffer);
  return 0;
}
