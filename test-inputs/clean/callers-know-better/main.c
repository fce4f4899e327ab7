#include "client.h"
#include <stdlib.h>

int main(int argc, char **argv) {
  struct cache *c = calloc(1, sizeof *c);
  int sum = 0;
  if (!c)
    return 1;
  for (int i = 1; i < argc; i++) {
    client_load(c, argv[i]);
    sum += client_peek(c);
    if (argv[i][0] == '-')
      client_reset(c);
  }
  client_reset(c);
  free(c);
  return sum & 1;
}
