// The name is hashed again in the second step. Whether that step is reached
// rests on a number that is picked without branches, as an unsigned one, and
// may be -1.
#include <stdlib.h>
#include <string.h>

enum step { HELLO, COMMIT, CONFIRM };

struct exchange {
  enum step step;
  char *name;
  size_t name_len;
  unsigned char token[32];
};

int draw(void);
void digest(unsigned char *out, const char *data, size_t len);
int send_bytes(const void *data, size_t len);

static unsigned choose(unsigned mask, unsigned yes, unsigned no) {
  return (mask & yes) | (~mask & no);
}

static int choose_int(unsigned mask, int yes, int no) {
  return (int)choose(mask, (unsigned)yes, (unsigned)no);
}

static int residue(void) {
  int r = -1;
  r = choose_int(0u - (unsigned)(draw() == 1), 1, r);
  return choose_int(0u - (unsigned)(draw() == 0), 0, r);
}

static int draw_pair(int *one, int *other) {
  *one = *other = 0;
  for (int i = 0; i < 40 && (!*one || !*other); i++) {
    int r = residue();
    if (r == 1 && !*one)
      *one = draw();
    else if (r == -1 && !*other)
      *other = draw();
  }
  return *one && *other ? 0 : -1;
}

struct exchange *exchange_new(const char *name) {
  struct exchange *e = calloc(1, sizeof *e);
  if (!e)
    return NULL;
  e->name = strdup(name);
  if (!e->name) {
    free(e);
    return NULL;
  }
  e->name_len = strlen(name);
  e->step = HELLO;
  return e;
}

static void hello(struct exchange *e) {
  if (e->step != HELLO)
    return;
  send_bytes(e->name, e->name_len);
  e->step = COMMIT;
}

static void commit(struct exchange *e) {
  int one, other;
  if (e->step != COMMIT)
    return;
  if (draw_pair(&one, &other) < 0)
    return;
  digest(e->token, e->name, e->name_len);
  send_bytes(e->token, sizeof e->token);
}

void exchange_step(struct exchange *e, int what) {
  switch (what) {
  case 0:
    hello(e);
    break;
  case 1:
    commit(e);
    break;
  }
}

void exchange_free(struct exchange *e) {
  if (!e)
    return;
  free(e->name);
  free(e);
}

int main(int argc, char **argv) {
  struct exchange *e = exchange_new(argv[0]);
  if (!e)
    return 1;
  for (int i = 0; i < argc; i++)
    exchange_step(e, argv[i][0] - '0');
  exchange_free(e);
  return 0;
}
