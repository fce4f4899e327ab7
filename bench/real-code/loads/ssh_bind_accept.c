// A server without host keys accepts a connection: ssh_bind_accept refuses,
// frees the session's socket and keeps its pointer. ssh_free(session), which
// the caller owes, would free it again; it is left out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <arpa/inet.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM, 0),
      client = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&at, size) || listen(listener, 1) ||
      getsockname(listener, (struct sockaddr *)&at, &size) ||
      connect(client, (struct sockaddr *)&at, size))
    return 1;
  ssh_bind server = ssh_bind_new();
  ssh_session session = ssh_new();
  bool config = false;
  ssh_bind_options_set(server, SSH_BIND_OPTIONS_PROCESS_CONFIG, &config);
  ssh_bind_set_fd(server, listener);
  int status = ssh_bind_accept(server, session);
  printf("ssh_bind_accept: %d, %s\n", status, ssh_get_error(server));
  close(client);
  return status == SSH_OK;
}
