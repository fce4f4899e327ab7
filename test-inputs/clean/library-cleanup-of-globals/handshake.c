#include <stdlib.h>
#include <string.h>

struct handshake {
  char *os_name;
  char *driver_name;
  int frozen;
};

static struct handshake shake;

static char *duplicate(const char *s) {
  char *c = malloc(strlen(s) + 1);
  return c ? strcpy(c, s) : NULL;
}

void handshake_init(void) {
  shake.os_name = duplicate("linux");
  shake.driver_name = duplicate("driver");
}

int handshake_append(const char *name) {
  if (shake.frozen)
    return 0;
  size_t n = strlen(shake.driver_name);
  char *joined = malloc(n + strlen(name) + 4);
  if (!joined)
    return 0;
  memcpy(joined, shake.driver_name, n);
  strcpy(joined + n, " / ");
  strcpy(joined + n + 3, name);
  free(shake.driver_name);
  shake.driver_name = joined;
  shake.frozen = 1;
  return 1;
}

const char *handshake_driver(void) { return shake.driver_name; }

static void free_driver_info(void) { free(shake.driver_name); }

void handshake_cleanup(void) {
  free(shake.os_name);
  free_driver_info();
}
