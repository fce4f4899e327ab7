/*===- hash.c - a chained table with incremental rehash ---------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Two bucket arrays while it grows, one bucket moved with each operation. Grows
 * to a million keys, then looks up, replaces and deletes. Argument: thousands
 *of operations. Prints a checksum.
 *===------------------------------------------------------------------------===*/

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
  uint64_t key;
  char *value;
  struct entry *next;
};

struct dict {
  struct entry **buckets;
  struct entry **old;
  size_t size, old_size;
  size_t moved; /* of old */
  size_t used;
  int growing;
};

static uint64_t mix(uint64_t X) {
  X ^= X >> 31;
  X *= 0x7fb5d329728ea185u;
  X ^= X >> 27;
  X *= 0x81dadef4bc2dd44du;
  return X ^ X >> 33;
}

static void moveOne(struct dict *D) {
  if (!D->growing)
    return;
  struct entry *E = D->old[D->moved];
  D->old[D->moved] = NULL;
  while (E) {
    struct entry *Next = E->next;
    struct entry **To = &D->buckets[mix(E->key) & (D->size - 1)];
    E->next = *To;
    *To = E;
    E = Next;
  }
  if (++D->moved == D->old_size) {
    free(D->old);
    D->old = NULL;
    D->growing = 0;
  }
}

static void grow(struct dict *D) {
  D->old = D->buckets;
  D->old_size = D->size;
  D->size *= 2;
  D->buckets = calloc(D->size, sizeof *D->buckets);
  D->moved = 0;
  D->growing = 1;
}

static struct entry **find(struct dict *D, uint64_t Key) {
  uint64_t H = mix(Key);
  struct entry **P = &D->buckets[H & (D->size - 1)];
  for (; *P; P = &(*P)->next)
    if ((*P)->key == Key)
      return P;
  if (D->growing) {
    P = &D->old[H & (D->old_size - 1)];
    for (; *P; P = &(*P)->next)
      if ((*P)->key == Key)
        return P;
  }
  return NULL;
}

static void insert(struct dict *D, uint64_t Key, size_t Size) {
  moveOne(D);
  char *Value = malloc(Size);
  memset(Value, (int)Key, Size);
  struct entry **P = find(D, Key);
  if (P) {
    free((*P)->value);
    (*P)->value = Value;
    return;
  }
  if (!D->growing && D->used >= D->size)
    grow(D);
  struct entry *E = malloc(sizeof *E);
  struct entry **To = &D->buckets[mix(Key) & (D->size - 1)];
  E->key = Key;
  E->value = Value;
  E->next = *To;
  *To = E;
  ++D->used;
}

static void erase(struct dict *D, uint64_t Key) {
  moveOne(D);
  struct entry **P = find(D, Key);
  if (!P)
    return;
  struct entry *E = *P;
  *P = E->next;
  free(E->value);
  free(E);
  --D->used;
}

int main(int Argc, char **Argv) {
  uint64_t Ops = (Argc > 1 ? strtoul(Argv[1], NULL, 10) : 4000) * 1000;
  uint64_t Keys = Ops / 4, Sum = 0, X = 1;
  struct dict D = {.size = 16};
  struct dict *P = malloc(sizeof *P);
  D.buckets = calloc(D.size, sizeof *D.buckets);
  *P = D;
  for (uint64_t N = 0; N != Ops; ++N) {
    X = X * 6364136223846793005u + 1442695040888963407u;
    uint64_t Key = (X >> 20) % Keys;
    unsigned What = X >> 60;
    if (N < Keys || What < 4)
      insert(P, N < Keys ? N : Key, 16 + Key % 48);
    else if (What < 7)
      erase(P, Key);
    else {
      struct entry **E = find(P, Key);
      if (E)
        Sum += (unsigned char)(*E)->value[3];
    }
  }
  printf("%lu %lu\n", (unsigned long)P->used, (unsigned long)Sum);
  return 0;
}
