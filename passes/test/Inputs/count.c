/* A runtime that counts the events it is told, one line for each subject and kind:
 *
 *   COUNT KIND SUBJECT null|set
 *
 * and that knows what each slot was last told to hold. A load that finds something
 * else there means that a store was lost ("LOST ..."). With COUNT_MEMORY set, memory
 * is compared with it at the end, too (true without optimisation only: a dead store
 * may go, its event not). Memory is never given out twice, so that no slot has two
 * lives; this file is the program's malloc.
 */
#include <retsan/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* --- memory --- */

static char *Heap, *HeapEnd;

static void *take(size_t Alignment, size_t Size) {
  if (!Heap) {
    size_t All = (size_t)8 << 30;
    Heap = mmap(NULL, All, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    HeapEnd = Heap + All;
  }
  char *P = (char *)(((size_t)Heap + 16 + Alignment - 1) & ~(Alignment - 1));
  if (Size > (size_t)(HeapEnd - P))
    abort();
  Heap = P + Size;
  ((size_t *)P)[-1] = Size;
  return P;
}

void *malloc(size_t Size) { return take(16, Size); }
void *calloc(size_t Count, size_t Size) { return take(16, Count * Size); }
void *aligned_alloc(size_t Alignment, size_t Size) { return take(Alignment, Size); }
void free(void *P) { (void)P; }
void *realloc(void *P, size_t Size) {
  size_t Old = P ? ((size_t *)P)[-1] : 0;
  return memcpy(take(16, Size), P ? P : "", Old < Size ? Old : Size);
}

/* --- what slots hold: a hash table, open addressing --- */

/* Announced variables on the stack, the deepest last; others are not tracked. */
static struct {
  char *Begin;
  size_t Size;
} Locals[256];
static unsigned NumLocals;
extern void *__libc_stack_end;

static int isTracked(void **At) {
  char Here, *P = (char *)At;
  for (unsigned I = 0; I != NumLocals; ++I)
    if ((size_t)(P - Locals[I].Begin) < Locals[I].Size)
      return 1;
  return P < &Here || P > (char *)__libc_stack_end;
}

struct slot {
  void **At; /* 0: free; 1: was one */
  void *Value;
  const struct retsan_site_v1 *By;
};

static struct slot *Slots;
static size_t NumPlaces = 1 << 12, NumUsed, NumLost;

static struct slot *place(void **At) {
  size_t P = (size_t)At / 8 * 0x9e3779b97f4a7c15u >> 20;
  for (;; ++P) {
    struct slot *S = &Slots[P & (NumPlaces - 1)];
    if (S->At == At || !S->At)
      return S;
  }
}

static void know(const struct retsan_site_v1 *By, void **At, void *Value) {
  if (!isTracked(At))
    return;
  if (!Slots || NumUsed * 2 > NumPlaces) {
    struct slot *Old = Slots;
    size_t Count = Old ? NumPlaces : 0;
    NumPlaces *= 4;
    Slots = calloc(NumPlaces, sizeof *Slots);
    NumUsed = 0;
    for (size_t I = 0; I != Count; ++I)
      if ((size_t)Old[I].At > 1) {
        *place(Old[I].At) = Old[I];
        ++NumUsed;
      }
  }
  struct slot *S = place(At);
  NumUsed += !S->At;
  *S = (struct slot){At, Value, By};
}

static void forget(void *Begin, size_t Size) {
  if (Slots)
    for (size_t I = 0; I + 8 <= Size; I += 8) {
      struct slot *S = place((void **)((char *)Begin + I));
      if (S->At)
        S->At = (void **)1;
    }
}

static void compare(const struct retsan_site_v1 *Site, void **At, void *Value) {
  struct slot *S = Slots ? place(At) : NULL;
  if (S && S->At && isTracked(At) && S->Value != Value && ++NumLost <= 10)
    printf("LOST %s: told %p at %s:%u, holds %p at %s:%u\n", Site->field->subject,
           S->Value, S->By->function, S->By->line, Value, Site->function, Site->line);
  know(Site, At, Value);
}

/* --- counts --- */

static struct count {
  const char *Subject;
  unsigned Kind;
  unsigned long Null, Set;
} Counts[4096];
static size_t NumCounts;

static void count(const struct retsan_site_v1 *Site, const void *Value) {
  size_t I = 0;
  while (I != NumCounts &&
         (Counts[I].Kind != Site->kind || strcmp(Counts[I].Subject, Site->field->subject)))
    ++I;
  if (I == NumCounts) {
    Counts[NumCounts++] = (struct count){Site->field->subject, Site->kind, 0, 0};
    if (NumCounts == sizeof Counts / sizeof *Counts)
      abort();
  }
  ++*(Value ? &Counts[I].Set : &Counts[I].Null);
}

__attribute__((destructor)) static void print(void) {
  static const char *const Kinds[] = {"?",     "store", "use",  "test",   "release",
                                      "phase", "copy",  "wipe", "escape", "refresh"};
  for (size_t I = 0; I != NumCounts; ++I) {
    const struct count *C = &Counts[I];
    if (C->Null)
      printf("%lu %s %s null\n", C->Null, Kinds[C->Kind], C->Subject);
    if (C->Set)
      printf("%lu %s %s set\n", C->Set, Kinds[C->Kind], C->Subject);
  }
  size_t Known = 0;
  for (size_t I = 0; Slots && I != NumPlaces; ++I) {
    const struct slot *S = &Slots[I];
    Known += (size_t)S->At > 1;
    if (getenv("COUNT_MEMORY") && (size_t)S->At > 1 && *S->At != S->Value && ++NumLost <= 10)
      printf("LOST %s: told %p at %s:%u, holds %p at the end\n", S->By->field->subject,
             S->Value, S->By->function, S->By->line, *S->At);
  }
  printf("%zu slots, %zu lost\n", Known, NumLost);
}

/* --- the hooks --- */

static void **pointerOf(const struct retsan_site_v1 *Site, void *Field) {
  return (void **)((char *)Field + Site->field->owner_slot);
}

void __retsan_register_v1(const struct retsan_module_v1 *M) { (void)M; }
void __retsan_unregister_v1(const struct retsan_module_v1 *M) { (void)M; }
__thread struct retsan_scope_v1 __retsan_scope_v1;
void __retsan_leave_v1(unsigned Was) { (void)Was; }
void __retsan_local_v1(void *Object, size_t Size) {
  forget(Object, Size);
  if (NumLocals == sizeof Locals / sizeof *Locals)
    abort();
  Locals[NumLocals].Begin = Object;
  Locals[NumLocals++].Size = Size;
}
void __retsan_local_end_v1(void *Object) {
  for (unsigned I = NumLocals; I--;)
    if (Locals[I].Begin == Object) {
      forget(Object, Locals[I].Size);
      Locals[I] = Locals[--NumLocals];
      return;
    }
}

void __retsan_store_v1(const struct retsan_site_v1 *Site, void *Field, void **Slot,
                       void *Value) {
  (void)Field;
  count(Site, Value);
  know(Site, Slot, Value);
}

void __retsan_load_v1(const struct retsan_site_v1 *Site, void *Field, void **Slot,
                      void *Value) {
  (void)Field;
  count(Site, Value);
  compare(Site, Slot, Value);
}

void __retsan_phase_v1(const struct retsan_site_v1 *Site, void *Addr) {
  (void)Addr;
  count(Site, Addr);
}

void __retsan_escape_v1(const struct retsan_site_v1 *Site, void *Field) {
  count(Site, Field);
  if (!(Site->field->flags & RETSAN_FIELD_ARRAY))
    compare(Site, pointerOf(Site, Field), *pointerOf(Site, Field));
}

void __retsan_refresh_v1(const struct retsan_site_v1 *Site, void *Field) {
  count(Site, Field);
  if (Site->field->flags & RETSAN_FIELD_ARRAY)
    forget(Field, Site->field->size);
  else
    know(Site, pointerOf(Site, Field), *pointerOf(Site, Field));
}

void __retsan_copy_v1(const struct retsan_site_v1 *Site, void *Dst, const void *Src,
                      size_t Size) {
  (void)Src;
  count(Site, Dst);
  forget(Dst, Size);
}

void __retsan_wipe_v1(const struct retsan_site_v1 *Site, void *Dst, size_t Size) {
  count(Site, Dst);
  forget(Dst, Size);
}

void __retsan_through_v1(const struct retsan_site_v1 *Site, void **Slot, void *Value) {
  struct slot *S = Slots ? place(Slot) : NULL;
  if (!S || !S->At || S->By->field->subject_id != Site->field->subject_id)
    return;
  switch (Site->kind) {
  case RETSAN_SITE_STORE:
    return __retsan_store_v1(Site, Slot, Slot, Value);
  case RETSAN_SITE_ESCAPE:
    return __retsan_escape_v1(Site, Slot);
  case RETSAN_SITE_REFRESH:
    return __retsan_refresh_v1(Site, Slot);
  default:
    return __retsan_load_v1(Site, Slot, Slot, Value);
  }
}

struct retsan_stamps_v2 __retsan_stamps_v2 = {(uint8_t[1]){0}, 0, 1, (uint16_t[1]){0}};

void __retsan_holders_v1(const struct retsan_holder_v1 *Holders, size_t Count) {}

void __retsan_hold_v1(const struct retsan_site_v1 *Site, void *Value) {
  count(Site, Value);
}
