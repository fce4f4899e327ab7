// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *banner;
static char *hostname;

int banner_init(const char *host, int port) {
  size_t n = strlen(host) + 32;
  hostname = strdup(host);
  banner = malloc(n);
  if (!hostname || !banner)
    return -1;
  snprintf(banner, n, "220 %s:%d ready", host, port);
  return 0;
}

int banner_greet(FILE *to) {
  return fprintf(to, "HELO %s\r\n", hostname);
}

void banner_free(void) {
  free(banner);
  free(hostname);
  banner = hostname = NULL;
}
