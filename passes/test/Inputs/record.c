/* A runtime that only prints the events it is told, one a line:
 *
 *   KIND SUBJECT VALUE FUNCTION:LINE
 *
 * VALUE is `null`, or `set` for any other pointer (addresses differ from run to
 * run); for a phase variable it is its value. With RECORD_MEMORY set, a store's
 * slot must hold the value that was told, which is true without optimisation.
 */
#include <retsan/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const Kinds[] = {"?",     "store", "use",  "test",   "release",
                                    "phase", "copy",  "wipe", "escape", "refresh"};

static const char *value(const void *P) { return P ? "set" : "null"; }

static void print(const struct retsan_site_v1 *S, const char *Value) {
  printf("%s %s %s %s:%u\n", Kinds[S->kind], S->field->subject, Value, S->function,
         S->line);
}

static void checkField(const struct retsan_site_v1 *S, void *Field) {
  if ((S->field->flags & RETSAN_FIELD_GLOBAL) && Field != S->field->global) {
    printf("FAIL: %s is not at its global's address\n", S->field->subject);
    exit(1);
  }
}

void __retsan_register_v1(const struct retsan_module_v1 *M) {
  if (M->abi_version != RETSAN_ABI_VERSION || strcmp(M->findings_id, "test-findings"))
    abort();
  if (!getenv("RECORD_MODULES"))
    return;
  printf("module %s fields=%u states=%u\n", M->source_file, M->num_fields,
         M->num_states);
  for (unsigned I = 0; I < M->num_fields; ++I) {
    const struct retsan_field_v1 *F = M->fields[I];
    printf("  field %s role=%u flags=%u offset=%u size=%u record=%u bits=%u+%u global=%s\n",
           F->subject, F->role, F->flags, F->offset, F->size, F->record_size,
           F->bit_offset, F->bit_width, value(F->global));
  }
  for (unsigned I = 0; I < M->num_states; ++I) {
    const struct retsan_state_v1 *S = &M->states[I];
    printf("  state %s dangling=%u", S->fingerprint, S->dangling);
    for (unsigned A = 0; A < S->num_atoms; ++A)
      printf(" op=%u value=%lld", S->atoms[A].op, (long long)S->atoms[A].value);
    printf("\n");
  }
}

/* With something pending, every return asks for the hook. */
__thread struct retsan_scope_v1 __retsan_scope_v1 = {0, 1};

void __retsan_leave_v1(unsigned Was) {
  if (Was != __retsan_scope_v1.depth) {
    printf("FAIL: leave %u at depth %u\n", Was, __retsan_scope_v1.depth);
    exit(1);
  }
}

void __retsan_unregister_v1(const struct retsan_module_v1 *M) {
  if (getenv("RECORD_MODULES"))
    printf("unregister %s\n", M->source_file);
}

/* The slots that were told: an access through a returned address is told only of one,
 * as by the runtime. */
static struct {
  void *Slot;
  uint64_t Subject;
} Known[4096];
static unsigned NumKnown;

static int isKnown(const struct retsan_site_v1 *S, void *Slot) {
  for (unsigned I = 0; I != NumKnown; ++I)
    if (Known[I].Slot == Slot && Known[I].Subject == S->field->subject_id)
      return 1;
  return 0;
}

static void learn(const struct retsan_site_v1 *S, void *Slot) {
  if (NumKnown == sizeof Known / sizeof *Known || isKnown(S, Slot))
    return;
  Known[NumKnown].Slot = Slot;
  Known[NumKnown++].Subject = S->field->subject_id;
}

void __retsan_store_v1(const struct retsan_site_v1 *S, void *Field, void **Slot,
                       void *Value) {
  checkField(S, Field);
  if (getenv("RECORD_MEMORY") && *Slot != Value) {
    printf("FAIL: %s does not hold what was stored\n", S->field->subject);
    exit(1);
  }
  learn(S, Slot);
  print(S, value(Value));
}

void __retsan_load_v1(const struct retsan_site_v1 *S, void *Field, void **Slot,
                      void *Value) {
  checkField(S, Field);
  print(S, value(Value));
}

void __retsan_phase_v1(const struct retsan_site_v1 *S, void *Addr) {
  char Text[32];
  long long V = 0;
  const struct retsan_field_v1 *F = S->field;
  checkField(S, Addr);
  memcpy(&V, Addr, F->flags & RETSAN_FIELD_BITFIELD ? (F->bit_offset + F->bit_width + 7) / 8
                   : F->size < 8                    ? F->size
                                                    : 8);
  if (F->flags & RETSAN_FIELD_BITFIELD)
    V = (V >> F->bit_offset) & ((1ll << F->bit_width) - 1);
  else if ((F->flags & RETSAN_FIELD_SIGNED) && F->size < 8)
    V = (V << (64 - 8 * F->size)) >> (64 - 8 * F->size);
  if (F->flags & RETSAN_FIELD_POINTER)
    strcpy(Text, V ? "set" : "null");
  else
    snprintf(Text, sizeof Text, "%lld", V);
  print(S, Text);
}

void __retsan_escape_v1(const struct retsan_site_v1 *S, void *Field) {
  learn(S, Field);
  if (S->kind != RETSAN_SITE_ESCAPE)
    printf("owner-");
  print(S, S->field->flags & RETSAN_FIELD_ARRAY ? "-" : value(*(void **)Field));
}

void __retsan_refresh_v1(const struct retsan_site_v1 *S, void *Field) {
  learn(S, Field);
  print(S, S->field->flags & RETSAN_FIELD_ARRAY ? "-" : value(*(void **)Field));
}

void __retsan_copy_v1(const struct retsan_site_v1 *S, void *Dst, const void *Src,
                      size_t Size) {
  char Text[32];
  if (memcmp(Dst, Src, Size)) {
    printf("FAIL: copy was told before it was done\n");
    exit(1);
  }
  snprintf(Text, sizeof Text, "%zu", Size);
  print(S, Text);
}

void __retsan_through_v1(const struct retsan_site_v1 *S, void **Slot, void *Value) {
  if (isKnown(S, Slot))
    print(S, value(S->kind == RETSAN_SITE_ESCAPE || S->kind == RETSAN_SITE_REFRESH ? *Slot
                                                                                 : Value));
}

/* Their lives are the runtime's business; events in them are told as others. */
void __retsan_local_v1(void *Object, size_t Size) { (void)Object, (void)Size; }
void __retsan_local_end_v1(void *Object) { (void)Object; }

void __retsan_wipe_v1(const struct retsan_site_v1 *S, void *Dst, size_t Size) {
  char Text[32];
  for (size_t I = 1; I < Size; ++I)
    if (((char *)Dst)[I] != *(char *)Dst) {
      printf("FAIL: wipe was told before it was done\n");
      exit(1);
    }
  snprintf(Text, sizeof Text, "%zu", Size);
  print(S, Text);
}
