// Every form of access that C has, at every level.
// RUN: %suspects -o %t.json %s "S.p: S.state>=2, S.flag==1" "S.table" "S.in.deep" \
// RUN:   "old_table" "S.at: phase_global!=0" "walk::last" "shared_tab" "=my_free" "T.owner"
// RUN: %levels --suspects %t.json %s %inputs/forms2.c | FileCheck %s

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct S {
  void *p;
  unsigned state : 3;
  unsigned flag : 1;
  void *table[4];
  struct {
    int x;
    struct {
      char *deep;
    };
  } in;
  _Atomic(void *) at;
} S;

typedef struct {
  int pad;
  void *owner;
} T;

static void *old_table;
int phase_global;
extern void *shared_tab[2];
void use_shared(void);
void set_elsewhere(void **pp, void *v);

__attribute__((noinline)) void my_free(void *p) { free(p); }
__attribute__((noinline)) int use(void *p) { return p != 0; }
__attribute__((noinline)) void set_to(void **pp, void *v) { *pp = v; }

static void *walk(void *p) {
  static void *last;
  void *r = last;
  last = p;
  return r;
}

static char Block[64];

int main(void) {
  S *s = calloc(1, sizeof *s);
  // CHECK: store S.p set main:[[#@LINE+1]]
  s->p = Block;
  // CHECK-NEXT: test S.p set main:[[#@LINE+1]]
  if (!s->p)
    abort();
  // CHECK-NEXT: test S.p set main:[[#@LINE+1]]
  int equal = s->p == old_table;
  // CHECK-NEXT: test old_table null main:[[#@LINE-1]]
  // CHECK-NEXT: use S.p set main:[[#@LINE+1]]
  use(s->p);
  // CHECK-NEXT: use S.p set main:[[#@LINE+1]]
  *(char *)s->p = 1;
  // A local that is used on one path only.
  // CHECK-NEXT: test S.p set main:[[#@LINE+1]]
  char *q = s->p;
  if (equal)
    q[0] = 2;
  // CHECK-NEXT: test S.p set main:[[#@LINE+3]]
  // CHECK-NEXT: use S.p set main:[[#@LINE+5]]
  for (int i = 0; i < 1; ++i) {
    q = s->p;
    if (equal)
      break;
    q[0] = 3;
  }
  // Bit fields.
  // CHECK-NEXT: phase S.state 3 main:[[#@LINE+1]]
  s->state = 3;
  // CHECK-NEXT: phase S.flag 1 main:[[#@LINE+1]]
  s->flag = 1;
  // CHECK-NEXT: phase S.state 4 main:[[#@LINE+1]]
  s->state++;
  // Arrays and nested records without names.
  // CHECK-NEXT: store S.table set main:[[#@LINE+2]]
  for (int i = 2; i < 3; ++i)
    s->table[i] = Block + i;
  // CHECK-NEXT: use S.table set main:[[#@LINE+1]]
  use(s->table[2]);
  // CHECK-NEXT: store S.in.deep set main:[[#@LINE+1]]
  s->in.deep = Block;
  // CHECK-NEXT: use S.in.deep set main:[[#@LINE+1]]
  s->in.deep[1] = 0;
  // Through a pointer to the field, in the same function.
  void **pp = &s->p;
  // CHECK-NEXT: store S.p null main:[[#@LINE+1]]
  *pp = NULL;
  // Through a pointer to the field, in a callee.
  // CHECK-NEXT: refresh S.p set main:[[#@LINE+1]]
  set_to(&s->p, Block);
  // CHECK-NEXT: escape S.p set main:[[#@LINE+2]]
  // CHECK-NEXT: refresh S.p null main:[[#@LINE+1]]
  set_elsewhere(&s->p, NULL);
  // Atomics.
  // CHECK-NEXT: store S.at set main:[[#@LINE+1]]
  atomic_store(&s->at, (void *)Block);
  // CHECK-NEXT: use S.at set main:[[#@LINE+1]]
  use(atomic_load(&s->at));
  // CHECK-NEXT: use S.at set main:[[#@LINE+2]]
  // CHECK-NEXT: store S.at null main:[[#@LINE+1]]
  use(atomic_exchange(&s->at, NULL));
  void *expected = NULL;
  // CHECK-NEXT: {{use|test}} S.at null main:[[#@LINE+2]]
  // CHECK-NEXT: refresh S.at set main:[[#@LINE+1]]
  atomic_compare_exchange_strong(&s->at, &expected, (void *)Block);
  // Release, by free and by a deallocator of the project.
  // CHECK-NEXT: store S.p set main:[[#@LINE+1]]
  s->p = malloc(8);
  // CHECK-NEXT: test S.p set main:[[#@LINE+2]]
  // CHECK-NEXT: release S.p set main:[[#@LINE+2]]
  if (s->p)
    free(s->p);
  // CHECK-NEXT: store S.p set main:[[#@LINE+1]]
  s->p = malloc(8);
  // CHECK-NEXT: release S.p set main:[[#@LINE+1]]
  my_free(s->p);
  // CHECK-NEXT: store S.p null main:[[#@LINE+1]]
  s->p = NULL;
  // Globals, function statics, externs of another file.
  // CHECK-NEXT: store old_table set main:[[#@LINE+1]]
  old_table = Block;
  // CHECK-NEXT: use old_table set main:[[#@LINE+1]]
  use(old_table);
  // CHECK-NEXT: phase phase_global 7 main:[[#@LINE+1]]
  phase_global = 7;
  // CHECK: store walk::last set walk:
  walk(Block);
  // CHECK: use walk::last set walk:
  // CHECK-NEXT: store walk::last null walk:
  use(walk(NULL));
  // CHECK-NEXT: store shared_tab set main:[[#@LINE+1]]
  shared_tab[1] = Block;
  // CHECK-NEXT: use shared_tab set use_shared:
  use_shared();
  // Whole records: wiped, assigned, copied, from a literal.
  S *t = malloc(sizeof *t);
  // CHECK-NEXT: wipe S.p [[#SIZE:]] main:[[#@LINE+1]]
  memset(t, 0, sizeof *t);
  // CHECK-NEXT: copy S.p [[#SIZE]] main:[[#@LINE+1]]
  *t = *s;
  // CHECK-NEXT: copy S.p [[#SIZE]] main:[[#@LINE+1]]
  memcpy(t, s, sizeof *s);
  // CHECK-NEXT: copy S.p [[#SIZE]] main:[[#@LINE+1]]
  *t = (S){.p = Block};
  // CHECK-NEXT: store S.p null main:[[#@LINE+1]]
  t->p = NULL;
  free(t);
  T *x = malloc(sizeof *x);
  // CHECK-NEXT: store T.owner set main:[[#@LINE+1]]
  x->owner = Block;
  // CHECK-NEXT: use T.owner set main:[[#@LINE+1]]
  uintptr_t bits = (uintptr_t)x->owner;
  use((void *)bits);
  // CHECK-NEXT: test T.owner set main:[[#@LINE+1]]
  if (((uintptr_t)x->owner & 1) == 0)
    // CHECK-NEXT: store T.owner null main:[[#@LINE+1]]
    x->owner = NULL;
  free(x);
  free(s);
  return 0;
}
