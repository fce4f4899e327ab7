// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdio.h>
#include <stdlib.h>

static int tracing;
static char *trace_buffer RETSAN_LIVE_WHILE(tracing);
static size_t trace_len;

int trace_start(void) {
  if (tracing)
    return 0;
  trace_buffer = malloc(65536);
  if (!trace_buffer)
    return -1;
  trace_len = 0;
  tracing = 1;
  return 0;
}

void trace_add(char c) {
  if (tracing && trace_len < 65536)
    trace_buffer[trace_len++] = c;
}

void trace_stop(void) {
  if (!tracing)
    return;
  tracing = 0;
  if (trace_len)
    fwrite(trace_buffer, 1, trace_len, stderr);
  free(trace_buffer);
  trace_buffer = NULL;
}
