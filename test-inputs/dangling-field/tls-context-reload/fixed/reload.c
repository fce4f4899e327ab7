// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tls.h"

static SSL_CTX *load(const char *cert) {
  SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
  if (!ctx)
    return 0;
  if (SSL_CTX_use_certificate_file(ctx, cert, 1) != 1) {
    SSL_CTX_free(ctx);
    return 0;
  }
  return ctx;
}

int tls_server_reload(struct tls_server *s) {
  SSL_CTX *fresh;
  if (s->ctx) {
    SSL_CTX_free(s->ctx);
    s->ctx = 0;
  }
  fresh = load(s->cert_path);
  if (!fresh) {
    note(s, "certificate not loaded");
    s->failures++;
    return -1;
  }
  s->ctx = fresh;
  s->reloads++;
  note(s, "certificate loaded");
  return 0;
}
