// Two public functions of libmosquitto that copy two things, in a process whose
// memory ends before the second: each frees the first and keeps its pointer.
// What follows in a program, mosquitto_destroy or a clean-up of the message,
// would free it again; it is left out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

// As much writable memory as the process has now, and a little more.
static void noMore(unsigned long extra) {
  char line[256];
  unsigned long kilobytes = 0;
  FILE *f = fopen("/proc/self/status", "r");
  while (f && !kilobytes && fgets(line, sizeof line, f))
    sscanf(line, "VmData: %lu", &kilobytes);
  if (!kilobytes)
    exit(1);
  fclose(f);
  struct rlimit limit = {kilobytes * 1024 + extra, RLIM_INFINITY};
  setrlimit(RLIMIT_DATA, &limit);
}

int main(void) {
  enum { Big = 64 << 20 };
  char *big = malloc(Big);
  memset(big, 'a', Big - 1);
  big[Big - 1] = 0;
  mosquitto_lib_init();
  struct mosquitto *mosq = mosquitto_new("client", true, NULL);
  struct mosquitto_message *copy = calloc(1, sizeof *copy);
  struct mosquitto_message message = {
      .topic = "topic", .payload = big, .payloadlen = Big};
  noMore(8 << 20);
  printf("mosquitto_message_copy: %s\n",
         mosquitto_strerror(mosquitto_message_copy(copy, &message)));
  printf("mosquitto_tls_psk_set: %s\n",
         mosquitto_strerror(mosquitto_tls_psk_set(mosq, "abcd", big, NULL)));
  return copy->topic == NULL;
}
