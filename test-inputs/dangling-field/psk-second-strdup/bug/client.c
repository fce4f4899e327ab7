// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

struct client {
  char *host;
  char *psk;
  char *psk_identity;
  int connected;
};

struct client *client_new(const char *host) {
  struct client *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->host = strdup(host);
  if (!c->host) {
    free(c);
    return NULL;
  }
  return c;
}

int client_psk_set(struct client *c, const char *psk, const char *identity) {
  if (!c || !psk || !identity)
    return -1;
  free(c->psk);
  c->psk = strdup(psk);
  if (!c->psk)
    return -1;
  free(c->psk_identity);
  c->psk_identity = strdup(identity);
  if (!c->psk_identity) {
    free(c->psk);
    return -1;
  }
  return 0;
}

int client_connect(struct client *c) {
  if (c->connected)
    return 0;
  if (c->psk)
    printf("connect %s as %s, psk %zu bytes\n", c->host, c->psk_identity ? c->psk_identity : "?", strlen(c->psk));
  else
    printf("connect %s\n", c->host);
  c->connected = 1;
  return 0;
}

void client_disconnect(struct client *c) { c->connected = 0; }

void client_destroy(struct client *c) {
  if (!c)
    return;
  free(c->host);
  free(c->psk);
  free(c->psk_identity);
  free(c);
}
