// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tls.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void note(const struct tls_server *s, const char *text) {
  if (s->verbose)
    fprintf(stderr, "tls(%s): %s\n", s->cert_path, text);
}

struct tls_server *tls_server_new(const char *cert, int verbose) {
  struct tls_server *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->verbose = verbose;
  s->cert_path = strdup(cert);
  if (!s->cert_path || tls_server_reload(s) < 0) {
    tls_server_free(s);
    return NULL;
  }
  return s;
}

void tls_server_free(struct tls_server *s) {
  if (!s)
    return;
  if (s->ctx)
    SSL_CTX_free(s->ctx);
  free(s->cert_path);
  free(s);
}

SSL *tls_server_accept(struct tls_server *s, int fd) {
  SSL *ssl;
  if (!s->ctx)
    return NULL;
  ssl = SSL_new(s->ctx);
  if (!ssl) {
    s->failures++;
    return NULL;
  }
  if (SSL_set_fd(ssl, fd) != 1) {
    SSL_free(ssl);
    s->failures++;
    return NULL;
  }
  return ssl;
}
