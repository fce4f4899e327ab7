// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

static char **functions;
static char *source;
static size_t nfunctions;
static unsigned resets;

static void script_release(void) {
  for (size_t i = 0; i < nfunctions; i++)
    free(functions[i]);
  free(functions);
  free(source);
}

static void script_init(const char *text) {
  functions = calloc(64, sizeof *functions);
  source = strdup(text);
  nfunctions = 0;
  if (!functions || !source)
    abort();
}

void script_setup(void) { script_init(""); }

void script_reset(const char *text) {
  script_release();
  script_init(text);
  resets++;
}

int script_define(const char *name) {
  if (nfunctions == 64)
    return -1;
  char *copy = strdup(name);
  if (!copy)
    return -1;
  functions[nfunctions++] = copy;
  return 0;
}

int script_has(const char *name) {
  for (size_t i = 0; i < nfunctions; i++)
    if (strcmp(functions[i], name) == 0)
      return 1;
  return strstr(source, name) != NULL;
}

unsigned script_resets(void) { return resets; }

int main(int argc, char **argv) {
  script_setup();
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] == '!')
      script_reset(argv[i] + 1);
    else
      script_define(argv[i]);
  }
  return script_has("main") ? 0 : (int)script_resets();
}
