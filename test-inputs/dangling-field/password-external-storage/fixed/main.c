// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

enum { EXTERNAL = 1, HASHED = 2 };

struct account {
  char *password;
  size_t password_len;
  char *new_password;
  size_t new_len;
  unsigned flags;
};

struct account *account_new(const char *password, unsigned flags) {
  struct account *a = calloc(1, sizeof *a);
  if (!a)
    return NULL;
  a->flags = flags;
  a->password = strdup(password);
  a->password_len = strlen(password);
  return a;
}

int account_set_new(struct account *a, const char *text) {
  char *copy = strdup(text);
  if (!copy)
    return -1;
  free(a->new_password);
  a->new_password = copy;
  a->new_len = strlen(copy);
  return 0;
}

void account_changed(struct account *a) {
  if (!a->new_password)
    return;
  free(a->password);
  a->password = NULL;
  if (a->flags & EXTERNAL) {
    /* The storage has been told by its owner. */
  } else {
    a->password = a->new_password;
    a->password_len = a->new_len;
    a->new_password = NULL;
  }
}

int account_check(const struct account *a, const char *text) {
  return a->password && strlen(text) == a->password_len && !memcmp(a->password, text, a->password_len);
}

void account_free(struct account *a) {
  free(a->password);
  free(a->new_password);
  free(a);
}
