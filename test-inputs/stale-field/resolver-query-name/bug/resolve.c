// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One asynchronous look-up: the object stays for its answer, the name need not.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef void (*resolve_cb)(uint32_t addr, void *user);

struct resolve_op {
  char *name;
  unsigned short qid;
  int done;
  int tries;
  uint32_t addr;
  resolve_cb cb;
  void *user;
};

struct resolve_op *resolve_start(const char *name, resolve_cb cb, void *user) {
  static unsigned short next_qid;
  struct resolve_op *op = calloc(1, sizeof *op);
  if (!op)
    return NULL;
  op->name = strdup(name);
  if (!op->name) {
    free(op);
    return NULL;
  }
  op->qid = ++next_qid;
  op->cb = cb;
  op->user = user;
  return op;
}

/* Writes the question section; called for each retry. */
size_t resolve_encode(struct resolve_op *op, unsigned char *out, size_t room) {
  if (op->done)
    return 0;
  size_t n = strlen(op->name);
  if (n + 4 > room)
    return 0;
  out[0] = (unsigned char)(op->qid >> 8);
  out[1] = (unsigned char)op->qid;
  out[2] = (unsigned char)n;
  memcpy(out + 3, op->name, n);
  op->tries++;
  return n + 3;
}

int resolve_answer(struct resolve_op *op, unsigned short qid, uint32_t addr) {
  if (op->done || qid != op->qid)
    return -1;
  op->addr = addr;
  op->done = 1;
  resolve_cb cb = op->cb;
  void *user = op->user;
  op->cb = NULL;
  op->user = NULL;
  if (cb)
    cb(addr, user);
  return 0;
}

uint32_t resolve_addr(const struct resolve_op *op) { return op->done ? op->addr : 0; }

int resolve_tries(const struct resolve_op *op) { return op->tries; }

void resolve_free(struct resolve_op *op) {
  free(op->name);
  free(op);
}
