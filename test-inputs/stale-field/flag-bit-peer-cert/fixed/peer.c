// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

#define PEER_CONNECTED 1u
#define PEER_HAS_CERT 2u
#define PEER_VERIFIED 4u

struct peer {
  unsigned flags;
  unsigned char *cert;
  size_t cert_len;
  unsigned fingerprint;
};

struct peer *peer_create(void) { return calloc(1, sizeof(struct peer)); }

void peer_connected(struct peer *p) { p->flags |= PEER_CONNECTED; }

int peer_store_cert(struct peer *p, const void *der, size_t len) {
  unsigned char *copy = malloc(len);
  if (!copy)
    return -1;
  memcpy(copy, der, len);
  free(p->cert);
  p->cert = copy;
  p->cert_len = len;
  p->flags |= PEER_HAS_CERT;
  return 0;
}

int peer_verify(struct peer *p, unsigned expected) {
  unsigned sum = 2166136261u;
  if (!(p->flags & PEER_HAS_CERT))
    return -1;
  for (size_t i = 0; i < p->cert_len; i++)
    sum = (sum ^ p->cert[i]) * 16777619u;
  p->fingerprint = sum;
  if (sum != expected)
    return -1;
  p->flags |= PEER_VERIFIED;
  return 0;
}

size_t peer_copy_cert(const struct peer *p, void *out, size_t room) {
  if (!(p->flags & PEER_HAS_CERT) || room < p->cert_len)
    return 0;
  memcpy(out, p->cert, p->cert_len);
  return p->cert_len;
}

void peer_forget(struct peer *p) {
  p->flags &= ~(PEER_HAS_CERT | PEER_VERIFIED);
  p->fingerprint = 0;
  free(p->cert);
  p->cert = NULL;
  p->cert_len = 0;
}

int peer_is_connected(const struct peer *p) { return (p->flags & PEER_CONNECTED) != 0; }

void peer_destroy(struct peer *p) {
  free(p->cert);
  free(p);
}
