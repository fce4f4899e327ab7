/*===- tree.c - an AVL tree with payloads -----------------------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Random inserts, look-ups and removals over 100,000 keys; the tree remembers
 * the node that it found last. Argument: thousands of operations. Prints a
 * checksum.
 *===------------------------------------------------------------------------===*/

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
  uint64_t key;
  struct node *left, *right;
  char *payload;
  int height;
};

struct tree {
  struct node *root;
  struct node *last; /* found */
  size_t count;
  int caching;
};

static int height(struct node *N) { return N ? N->height : 0; }

static void update(struct node *N) {
  int L = height(N->left), R = height(N->right);
  N->height = (L > R ? L : R) + 1;
}

static struct node *rotateRight(struct node *N) {
  struct node *L = N->left;
  N->left = L->right;
  L->right = N;
  update(N);
  update(L);
  return L;
}

static struct node *rotateLeft(struct node *N) {
  struct node *R = N->right;
  N->right = R->left;
  R->left = N;
  update(N);
  update(R);
  return R;
}

static struct node *balance(struct node *N) {
  update(N);
  int D = height(N->left) - height(N->right);
  if (D > 1) {
    if (height(N->left->left) < height(N->left->right))
      N->left = rotateLeft(N->left);
    return rotateRight(N);
  }
  if (D < -1) {
    if (height(N->right->right) < height(N->right->left))
      N->right = rotateRight(N->right);
    return rotateLeft(N);
  }
  return N;
}

static struct node *insert(struct tree *T, struct node *N, uint64_t Key) {
  if (!N) {
    N = calloc(1, sizeof *N);
    N->key = Key;
    N->height = 1;
    N->payload = malloc(24 + Key % 100);
    N->payload[0] = (char)Key;
    ++T->count;
    return N;
  }
  if (Key < N->key)
    N->left = insert(T, N->left, Key);
  else if (Key > N->key)
    N->right = insert(T, N->right, Key);
  else {
    free(N->payload);
    N->payload = malloc(24 + Key % 100);
    N->payload[0] = (char)Key;
    return N;
  }
  return balance(N);
}

static struct node *takeFirst(struct node *N, struct node **First) {
  if (!N->left) {
    *First = N;
    return N->right;
  }
  N->left = takeFirst(N->left, First);
  return balance(N);
}

static struct node *erase(struct tree *T, struct node *N, uint64_t Key) {
  if (!N)
    return NULL;
  if (Key < N->key)
    N->left = erase(T, N->left, Key);
  else if (Key > N->key)
    N->right = erase(T, N->right, Key);
  else {
    struct node *L = N->left, *R = N->right;
    if (T->last == N)
      T->last = NULL;
    free(N->payload);
    free(N);
    --T->count;
    if (!R)
      return L;
    struct node *First;
    R = takeFirst(R, &First);
    First->right = R;
    First->left = L;
    return balance(First);
  }
  return balance(N);
}

static struct node *find(struct tree *T, uint64_t Key) {
  if (T->last && T->last->key == Key)
    return T->last;
  struct node *N = T->root;
  while (N && N->key != Key)
    N = Key < N->key ? N->left : N->right;
  if (N && T->caching)
    T->last = N;
  return N;
}

int main(int Argc, char **Argv) {
  uint64_t Ops = (Argc > 1 ? strtoul(Argv[1], NULL, 10) : 1500) * 1000;
  struct tree *T = calloc(1, sizeof *T);
  T->caching = 1;
  uint64_t Sum = 0, X = 1;
  for (uint64_t I = 0; I != Ops; ++I) {
    X = X * 6364136223846793005u + 1442695040888963407u;
    uint64_t Key = (X >> 20) % 100000;
    switch (X >> 62) {
    case 0:
      T->root = insert(T, T->root, Key);
      break;
    case 1:
      T->root = erase(T, T->root, Key);
      break;
    default: {
      struct node *N = find(T, Key);
      Sum += N ? (unsigned char)N->payload[0] : 1;
    }
    }
  }
  printf("%lu %lu\n", (unsigned long)T->count, (unsigned long)Sum);
  return 0;
}
