/* The shape of a cache server's hash table: when the move to the bigger table
 * is done, the old one is freed and the variable keeps its address.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct item {
  struct item *next;
  unsigned key;
};

static struct item **table, **old_hashtable;
static unsigned power = 4, moved;
static bool expanding;

static unsigned slots(unsigned p) { return 1u << p; }

static void expand(void) {
  struct item **bigger = calloc(slots(power + 1), sizeof *bigger);
  if (!bigger)
    return;
  old_hashtable = table;
  table = bigger;
  power++;
  moved = 0;
  expanding = true;
}

static void move_one(void) {
  struct item *next;
  for (struct item *it = old_hashtable[moved]; it; it = next) {
    next = it->next;
    it->next = table[it->key & (slots(power) - 1)];
    table[it->key & (slots(power) - 1)] = it;
  }
  old_hashtable[moved] = NULL;
  if (++moved == slots(power - 1)) {
    expanding = false;
    free(old_hashtable);
  }
}

static struct item **chain(unsigned key) {
  unsigned old = key & (slots(power - 1) - 1);
  if (expanding && old >= moved)
    return &old_hashtable[old];
  return &table[key & (slots(power) - 1)];
}

struct item *table_find(unsigned key) {
  struct item *it = *chain(key);
  while (it && it->key != key)
    it = it->next;
  return it;
}

bool table_insert(unsigned key) {
  struct item *it = malloc(sizeof *it);
  if (!it)
    return false;
  it->key = key;
  it->next = *chain(key);
  *chain(key) = it;
  if (!expanding && key >= slots(power) * 3 / 2)
    expand();
  if (expanding)
    move_one();
  return true;
}

int main(void) {
  table = calloc(slots(power), sizeof *table);
  if (!table)
    return 1;
  for (unsigned key = 0; key < 1000; key++) {
    if (!table_insert(key))
      return 1;
  }
  for (unsigned key = 0; key < 1000; key++) {
    if (!table_find(key))
      return 2;
  }
  puts("1000 keys found");
  return 0;
}
