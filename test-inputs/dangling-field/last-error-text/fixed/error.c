// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

static char *last_error;

void set_error(const char *text) {
  free(last_error);
  last_error = strdup(text);
}

void clear_error(void) {
  free(last_error);
  last_error = NULL;
}

const char *last_error_text(void) { return last_error ? last_error : "none"; }
