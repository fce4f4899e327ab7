// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads the next line into out; a line given as unread is stored and comes back
   first at the next call. Returns the length, -1 at the end, 0 for an unread. */
int next_line(FILE *in, char *out, size_t room, const char *unread) {
  static char *saved;
  static int have_saved;

  if (unread) {
    char *copy = strdup(unread);
    if (!copy)
      return -1;
    if (have_saved)
      free(saved);
    saved = copy;
    have_saved = 1;
    return 0;
  }
  if (have_saved) {
    snprintf(out, room, "%s", saved);
    have_saved = 0;
    free(saved);
    saved = NULL;
    return (int)strlen(out);
  }
  if (!fgets(out, (int)room, in))
    return -1;
  out[strcspn(out, "\n")] = '\0';
  return (int)strlen(out);
}

/* Reads a paragraph: lines up to one that begins a new section. */
int read_section(FILE *in, char *title, size_t room, int *lines) {
  char line[256];
  int n;
  *lines = 0;
  if (next_line(in, title, room, NULL) < 0)
    return -1;
  while ((n = next_line(in, line, sizeof line, NULL)) >= 0) {
    if (n > 0 && line[0] == '[') {
      next_line(in, NULL, 0, line);
      break;
    }
    ++*lines;
  }
  return 0;
}
