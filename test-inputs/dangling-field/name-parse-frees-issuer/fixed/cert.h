// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef CERT_H
#define CERT_H
#include <stddef.h>
struct cert {
  unsigned char serial[20];
  size_t serial_len;
  char *issuer;
  char *subject;
  int version;
  unsigned parsed;
};
int name_parse(char **out, const unsigned char *p, size_t n);
int cert_parse(struct cert *c, const unsigned char *der, size_t n);
void cert_clear(struct cert *c);
struct cert *cert_new(void);
void cert_free(struct cert *c);
#endif
