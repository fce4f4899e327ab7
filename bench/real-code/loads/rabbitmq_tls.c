// A client that makes a TLS socket, drops it and ends the TLS part of
// librabbitmq, as its header says a library may: the array of locks is freed
// and its pointer kept. A second amqp_uninitialize_ssl_library would free it
// again; it is left out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>

int main(void) {
  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_ssl_socket_new(connection);
  amqp_destroy_connection(connection);
  int status = amqp_uninitialize_ssl_library();
  printf("amqp_uninitialize_ssl_library: %s\n", amqp_error_string2(status));
  return socket == NULL || status != AMQP_STATUS_OK;
}
