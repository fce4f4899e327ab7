// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
struct config {
  char *origin;
  char *host;
  int port;
};
struct config *config_load(const char *path);
int config_set_host(struct config *c, const char *host);
int config_print(const struct config *c);
void config_free(struct config *c);
