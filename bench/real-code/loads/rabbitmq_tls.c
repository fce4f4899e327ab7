// A client that makes a TLS socket when the system has no mutex left: the array
// of locks is freed and its pointer kept. The amqp_uninitialize_ssl_library
// that the header asks for would destroy its locks and free it again; it is
// left out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static int NoneLeft;

// In the place of glibc's, which does not fail when asked to.
int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a) {
  if (NoneLeft)
    return EAGAIN;
  int (*real)(pthread_mutex_t *, const pthread_mutexattr_t *) =
      (int (*)(pthread_mutex_t *, const pthread_mutexattr_t *))dlsym(
          RTLD_NEXT, "pthread_mutex_init");
  return real(m, a);
}

int main(void) {
  amqp_connection_state_t connection = amqp_new_connection();
  NoneLeft = 1;
  amqp_socket_t *socket = amqp_ssl_socket_new(connection);
  NoneLeft = 0;
  printf("amqp_ssl_socket_new: %s\n", socket ? "a socket" : "none");
  amqp_destroy_connection(connection);
  return socket != NULL;
}
