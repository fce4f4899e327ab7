// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef CLIENT_H
#define CLIENT_H
#include <stddef.h>
struct client {
  char *id;
  char *will_topic;
  void *will_payload;
  size_t will_len;
  int will_qos;
  unsigned sent;
};
struct client *client_new(const char *id);
void client_clear_will(struct client *c);
int client_set_will(struct client *c, const char *topic, const void *payload, size_t n, int qos);
int client_has_will(const struct client *c);
size_t client_connect_size(const struct client *c);
void client_free(struct client *c);
#endif
