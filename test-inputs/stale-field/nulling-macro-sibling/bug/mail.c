// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

#define DROP(p)                                                                                    \
  do {                                                                                             \
    free(p);                                                                                       \
    (p) = NULL;                                                                                    \
  } while (0)

struct mail_parser {
  int in_message;
  char *header;
  char *boundary;
  char *body;
  size_t body_len;
  unsigned parts, messages;
};

struct mail_parser *mail_new(void) { return calloc(1, sizeof(struct mail_parser)); }

int mail_begin(struct mail_parser *m, const char *header, const char *boundary) {
  if (m->in_message)
    return -1;
  DROP(m->header);
  DROP(m->body);
  DROP(m->boundary);
  m->header = strdup(header);
  m->boundary = strdup(boundary);
  if (!m->header || !m->boundary) {
    DROP(m->header);
    DROP(m->boundary);
    return -1;
  }
  m->body_len = 0;
  m->in_message = 1;
  return 0;
}

int mail_line(struct mail_parser *m, const char *line) {
  if (!m->in_message)
    return -1;
  if (strncmp(line, m->boundary, strlen(m->boundary)) == 0) {
    m->parts++;
    return 1;
  }
  size_t n = strlen(line);
  char *bigger = realloc(m->body, m->body_len + n + 1);
  if (!bigger)
    return -1;
  memcpy(bigger + m->body_len, line, n + 1);
  m->body = bigger;
  m->body_len += n;
  return 0;
}

int mail_subject_is(const struct mail_parser *m, const char *s) {
  return m->in_message && strstr(m->header, s) != NULL;
}

void mail_end(struct mail_parser *m) {
  if (!m->in_message)
    return;
  DROP(m->header);
  DROP(m->body);
  m->body_len = 0;
  m->in_message = 0;
  m->messages++;
}

unsigned mail_messages(const struct mail_parser *m) { return m->messages; }

void mail_free(struct mail_parser *m) {
  DROP(m->header);
  DROP(m->body);
  DROP(m->boundary);
  free(m);
}
