// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TLS_H
#define TLS_H
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;
SSL_CTX *SSL_CTX_new(const void *method);
void SSL_CTX_free(SSL_CTX *ctx);
int SSL_CTX_use_certificate_file(SSL_CTX *ctx, const char *file, int type);
SSL *SSL_new(SSL_CTX *ctx);
int SSL_set_fd(SSL *ssl, int fd);
void SSL_free(SSL *ssl);
const void *TLS_server_method(void);

struct tls_server {
  char *cert_path;
  SSL_CTX *ctx;
  unsigned reloads;
  unsigned failures;
  int verbose;
};
struct tls_server *tls_server_new(const char *cert, int verbose);
int tls_server_reload(struct tls_server *s);
SSL *tls_server_accept(struct tls_server *s, int fd);
void tls_server_free(struct tls_server *s);
void note(const struct tls_server *s, const char *text);
#endif
