#include <stdlib.h>
#include <string.h>

#define MAGIC 0x50435245

struct program {
  unsigned magic;
  unsigned char *tables;
  size_t length;
  unsigned char code[64];
};

int programs_decode(struct program **out, int count, const unsigned char *in) {
  unsigned char *tables = malloc(256);
  if (!tables)
    return -1;
  memcpy(tables, in, 256);
  in += 256;
  for (int i = 0; i < count; i++) {
    struct program *p = malloc(sizeof *p);
    if (!p) {
      free(tables);
      for (int j = 0; j < i; j++) {
        free(out[j]);
        out[j] = NULL;
      }
      return -1;
    }
    memcpy(p->code, in, sizeof p->code);
    in += sizeof p->code;
    p->magic = MAGIC;
    p->tables = tables;
    p->length = sizeof p->code;
    out[i] = p;
  }
  return count;
}

int program_match(const struct program *p, const char *text) {
  int n = 0;
  if (p->magic != MAGIC)
    return -1;
  for (; *text; text++)
    n += p->tables[(unsigned char)*text];
  return n;
}

void program_free(struct program *p, int last) {
  if (!p)
    return;
  if (last)
    free(p->tables);
  free(p);
}
