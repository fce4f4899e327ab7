// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "client.h"
#include <stdlib.h>
#include <string.h>

int client_set_will(struct client *c, const char *topic, const void *payload, size_t n, int qos) {
  if (qos < 0 || qos > 2 || !topic || !*topic)
    return -2;
  client_clear_will(c);
  c->will_topic = strdup(topic);
  if (!c->will_topic)
    return -1;
  if (n) {
    c->will_payload = malloc(n);
    if (!c->will_payload) {
      free(c->will_topic);
      return -1;
    }
    memcpy(c->will_payload, payload, n);
  }
  c->will_len = n;
  c->will_qos = qos;
  return 0;
}
