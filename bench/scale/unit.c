/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * One of many translation units: replicate writes other digits for 000000
 * (this unit) and 000001 (the next one of the program). */
void *calloc(unsigned long, unsigned long);
void free(void *);

struct table_000000 {
  int *slots, *old, *spare;
  unsigned count, moving, state;
  struct table_000000 *next;
};

struct table_000000 *table_000000_new(void) {
  return calloc(1, sizeof(struct table_000000));
}

void table_000000_free(struct table_000000 *t) {
  free(t->old);
  free(t->slots);
  free(t->spare);
  free(t);
}

void table_000000_grow(struct table_000000 *t) {
  if (t->moving)
    return;
  free(t->old);
  t->old = t->slots;
  t->slots = calloc(8, sizeof(int));
  t->moving = 1;
}

void table_000000_step(struct table_000000 *t) {
  if (t->moving && ++t->count > 7)
    t->moving = 0;
}

int table_000000_get(struct table_000000 *t, unsigned i) {
  if (t->moving && t->old)
    return t->old[i];
  return t->slots ? t->slots[i] : 0;
}

void table_000000_trim(struct table_000000 *t) {
  free(t->spare);
  t->spare = 0;
  t->state = 0;
}

void table_000000_reserve(struct table_000000 *t) {
  if (!t->spare)
    t->spare = calloc(64, sizeof(int));
  t->state = 1;
}

int run_000001(int depth);

int run_000000(int depth) {
  struct table_000000 *t = table_000000_new();
  int sum = 0;
  if (!t)
    return 0;
  for (int i = 0; i < depth; i++) {
    table_000000_grow(t);
    table_000000_reserve(t);
    table_000000_step(t);
    sum += table_000000_get(t, i & 7);
    table_000000_trim(t);
  }
  table_000000_free(t);
  return depth ? sum + run_000001(depth - 1) : sum;
}
