#include "scram.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int login(struct client *c, const char *user) {
  char *text;
  if (c->scram.nonce)
    return -1;
  text = scram_first(&c->scram, user);
  if (!text) {
    scram_free(&c->scram);
    return -1;
  }
  write(c->fd, text, strlen(text));
  free(text);
  return 0;
}

int login_again(struct client *c) {
  return write(c->fd, c->scram.bare, strlen(c->scram.bare)) > 0;
}

struct client *client_new(int fd) {
  struct client *c = calloc(1, sizeof *c);
  if (c)
    c->fd = fd;
  return c;
}

void client_free(struct client *c) {
  scram_free(&c->scram);
  free(c);
}
