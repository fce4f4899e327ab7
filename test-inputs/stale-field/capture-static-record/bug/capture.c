// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 8192

static struct {
  int active;
  char *text;
  size_t len;
  unsigned matches;
} capture;

int capture_start(void) {
  if (capture.active)
    return -1;
  free(capture.text);
  capture.text = malloc(ROOM);
  if (!capture.text)
    return -1;
  capture.text[0] = '\0';
  capture.len = 0;
  capture.active = 1;
  return 0;
}

void say(const char *fmt, ...) {
  va_list ap;
  char line[256];
  va_start(ap, fmt);
  int n = vsnprintf(line, sizeof line, fmt, ap);
  va_end(ap);
  if (n < 0)
    return;
  if (capture.active && capture.len + (size_t)n < ROOM && (size_t)n < sizeof line) {
    memcpy(capture.text + capture.len, line, (size_t)n + 1);
    capture.len += (size_t)n;
  } else {
    fputs(line, stdout);
  }
}

int capture_contains(const char *needle) {
  if (!capture.active)
    return 0;
  if (!strstr(capture.text, needle))
    return 0;
  capture.matches++;
  return 1;
}

unsigned capture_stop(void) {
  unsigned n = capture.matches;
  if (!capture.active)
    return 0;
  capture.active = 0;
  capture.matches = 0;
  return n;
}
