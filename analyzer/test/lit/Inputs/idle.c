/* A megabyte that is written once and then never looked at. */
#include <stdlib.h>
#include <string.h>

struct cache {
  char *cold;
  long n;
};
struct cache *the_cache;
char *table;
void *volatile churn;

__attribute__((noinline)) long step(void) {
  churn = malloc(100000);
  free(churn);
  return table[0];
}

int main(void) {
  the_cache = calloc(1, sizeof *the_cache);
  the_cache->cold = malloc(1000000);
  strcpy(the_cache->cold, "cold");
  table = malloc(500000);
  table[0] = 1;
  long sum = 0;
  for (int i = 0; i != 200; ++i)
    sum += step();
  churn = NULL;
  return sum == 0;
}
