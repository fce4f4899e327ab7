// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

#define WINDOW 32768u

struct inflater {
  unsigned char *window;
  unsigned pos;
  int eof;
  unsigned long in, out;
};

static int fresh_window(struct inflater *z) {
  z->window = malloc(WINDOW);
  if (!z->window)
    return -1;
  memset(z->window, 0, WINDOW);
  z->pos = 0;
  return 0;
}

struct inflater *inf_new(void) {
  struct inflater *z = calloc(1, sizeof *z);
  if (z && fresh_window(z) < 0) {
    free(z);
    return NULL;
  }
  return z;
}

int inf_reset(struct inflater *z) {
  free(z->window);
  z->window = NULL;
  z->in = z->out = 0;
  z->eof = 1;
  if (fresh_window(z) < 0)
    return -1;
  z->eof = 0;
  return 0;
}

static void emit(struct inflater *z, unsigned char c, unsigned char *dst, size_t *n) {
  z->window[z->pos] = c;
  z->pos = (z->pos + 1) % WINDOW;
  dst[(*n)++] = c;
  z->out++;
}

/* 0x00 n: literal run; 0x01 n d: copy n bytes from distance d; 0x02: end. */
int inf_run(struct inflater *z, const unsigned char *src, size_t len, unsigned char *dst, size_t room) {
  size_t n = 0, i = 0;
  if (z->eof)
    return 0;
  while (i + 2 < len && n + 256 < room) {
    unsigned char op = src[i++], count = src[i++];
    if (op == 0) {
      for (unsigned k = 0; k < count && i < len; k++)
        emit(z, src[i++], dst, &n);
    } else if (op == 1) {
      unsigned d = src[i++];
      for (unsigned k = 0; k < count; k++)
        emit(z, z->window[(z->pos - d) % WINDOW], dst, &n);
    } else {
      z->eof = 1;
      break;
    }
  }
  z->in += i;
  return (int)n;
}

unsigned long inf_total(const struct inflater *z) { return z->out; }
int inf_eof(const struct inflater *z) { return z->eof; }

void inf_free(struct inflater *z) {
  free(z->window);
  free(z);
}
