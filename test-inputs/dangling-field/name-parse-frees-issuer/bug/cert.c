// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cert.h"
#include <stdlib.h>
#include <string.h>

struct cert *cert_new(void) { return calloc(1, sizeof(struct cert)); }

void cert_clear(struct cert *c) {
  free(c->issuer);
  free(c->subject);
  c->issuer = c->subject = NULL;
  c->version = 0;
  c->serial_len = 0;
}

int cert_parse(struct cert *c, const unsigned char *der, size_t n) {
  size_t len;
  int rc;
  cert_clear(c);
  if (n < 4 || der[0] != 0x30)
    return -1;
  c->version = der[1];
  len = der[2];
  if (len > sizeof c->serial || n < 3 + len + 1)
    return -1;
  memcpy(c->serial, der + 3, len);
  c->serial_len = len;
  der += 3 + len;
  n -= 3 + len;
  len = der[0];
  if (n < len + 2)
    return -1;
  rc = name_parse(&c->issuer, der + 1, len);
  if (rc < 0)
    return rc;
  der += 1 + len;
  n -= 1 + len;
  len = der[0];
  if (n < len + 1)
    return -1;
  rc = name_parse(&c->subject, der + 1, len);
  if (rc < 0)
    return rc;
  c->parsed++;
  return 0;
}

int cert_issued_by(const struct cert *c, const char *who) {
  return c->issuer && strcmp(c->issuer, who) == 0;
}

void cert_free(struct cert *c) {
  cert_clear(c);
  free(c);
}
