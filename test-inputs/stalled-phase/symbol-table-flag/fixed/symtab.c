// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct sym {
  struct sym *next;
  unsigned hash;
  char name[24];
};

struct symtab {
  struct sym **slots;
  struct sym **older;
  unsigned nslots, nolder, cursor, nsyms;
  int migrating;
};

static struct symtab symtab;

int sym_setup(void) {
  symtab.nslots = 32;
  symtab.slots = calloc(symtab.nslots, sizeof *symtab.slots);
  return symtab.slots ? 0 : -1;
}

static unsigned hash_name(const char *s) {
  unsigned h = 2166136261u;
  while (*s)
    h = (h ^ (unsigned char)*s++) * 16777619u;
  return h;
}

static void migrate_slot(void) {
  struct sym *s = symtab.older[symtab.cursor];
  while (s) {
    struct sym *next = s->next;
    s->next = symtab.slots[s->hash % symtab.nslots];
    symtab.slots[s->hash % symtab.nslots] = s;
    s = next;
  }
  symtab.older[symtab.cursor] = NULL;
  if (++symtab.cursor == symtab.nolder) {
    free(symtab.older);
    symtab.older = NULL;
    symtab.migrating = 0;
  }
}

static const struct sym *find_sym(const char *name) {
  unsigned h = hash_name(name);
  for (const struct sym *s = symtab.slots[h % symtab.nslots]; s; s = s->next)
    if (s->hash == h && strcmp(s->name, name) == 0)
      return s;
  if (symtab.migrating)
    for (const struct sym *s = symtab.older[h % symtab.nolder]; s; s = s->next)
      if (s->hash == h && strcmp(s->name, name) == 0)
        return s;
  return NULL;
}

const struct sym *sym_find(const char *name) {
  if (symtab.migrating)
    migrate_slot();
  return find_sym(name);
}

const struct sym *sym_intern(const char *name) {
  if (symtab.migrating) {
    migrate_slot();
  } else if (symtab.nsyms > symtab.nslots * 2) {
    struct sym **fresh = calloc(symtab.nslots * 4, sizeof *fresh);
    if (fresh) {
      symtab.older = symtab.slots;
      symtab.nolder = symtab.nslots;
      symtab.slots = fresh;
      symtab.nslots *= 4;
      symtab.cursor = 0;
      symtab.migrating = 1;
    }
  }
  const struct sym *known = find_sym(name);
  if (known)
    return known;
  struct sym *s = calloc(1, sizeof *s);
  if (!s || strlen(name) >= sizeof s->name) {
    free(s);
    return NULL;
  }
  strcpy(s->name, name);
  s->hash = hash_name(name);
  s->next = symtab.slots[s->hash % symtab.nslots];
  symtab.slots[s->hash % symtab.nslots] = s;
  symtab.nsyms++;
  return s;
}
