#include "peer.h"

#include <stdlib.h>
#include <string.h>

/* One peer; whoever looks after peers makes it and keeps it for the next
 * connection. */
struct peer {
  char *settings;
  char *address;
  int port;
};

static char *copy(const char *s) {
  char *r = malloc(strlen(s) + 1);
  if (r)
    strcpy(r, s);
  return r;
}

/* Not every connection brings settings: what is there is used then. */
int peer_configure(struct peer *p, const char *settings, const char *address) {
  if (settings) {
    free(p->settings);
    p->settings = copy(settings);
  }
  if (address) {
    free(p->address);
    p->address = copy(address);
  }
  if (!p->settings || !p->address)
    return -1;
  p->port = atoi(p->settings) + (int)strlen(p->address);
  return 0;
}

void peer_reset(struct peer *p) {
  if (p->address) {
    free(p->address);
    p->address = NULL;
  }
  free(p->settings);
}

int peer_port(const struct peer *p) { return p->port; }
