/*===- abi.h - between instrumented code and the runtime --------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * The pass plugin emits calls of these hooks and one `retsan_module_v1` a
 *linked image; the runtime implements them. Plain C. A change of anything here
 *makes a new version: names end in _v1.
 *
 * An instrumented field has a descriptor, emitted into the ELF section
 * `retsan_fields` of each object file that mentions it (so one subject may have
 * several descriptors: join on subject_id). An instrumented place in the source
 * has a site. The section `retsan_states` says in which state of its phase
 * variables a suspect is stale, one entry for each finding.
 *===------------------------------------------------------------------------===*/

#ifndef RETSAN_ABI_H
#define RETSAN_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RETSAN_ABI_VERSION 1u

/* Roles of an instrumented field or global. */
enum {
  RETSAN_ROLE_SUSPECT = 1, /* a pointer (or owning object) that is watched */
  RETSAN_ROLE_PHASE = 2,   /* a scalar or pointer that says which phase it is */
  RETSAN_ROLE_FIELD = 3    /* mode `all`: a pointer that nobody suspects; only
                              its values are told */
};

/* Flags of a field. */
enum {
  RETSAN_FIELD_GLOBAL = 1u << 0,  /* `global` is its address; offset is 0 */
  RETSAN_FIELD_SIGNED = 1u << 1,  /* phase: the value is a signed integer */
  RETSAN_FIELD_POINTER = 1u << 2, /* phase: the value is a pointer */
  RETSAN_FIELD_ARRAY = 1u << 3,   /* an array of slots, `size` bytes in all */
  RETSAN_FIELD_OWNER = 1u << 4,   /* a C++ owner: its first word (or the word at
                                     `slot`) is the pointer */
  RETSAN_FIELD_BITFIELD = 1u << 5 /* bit_offset and bit_width hold */
};

struct retsan_field_v1 {
  uint64_t subject_id;
  const char *subject;  /* "hmap.oldbuckets" */
  void *global;         /* address of a global subject, else NULL */
  uint32_t offset;      /* bytes from the start of the record */
  uint32_t size;        /* bytes of the field */
  uint32_t record_size; /* bytes of the record; 0 for a global */
  uint16_t role;
  uint16_t flags;
  uint16_t bit_offset; /* bits from `offset`, for a bit field */
  uint16_t bit_width;
  uint32_t
      owner_slot; /* RETSAN_FIELD_OWNER: offset in the field of the word that is
                     the pointer; null there means that nothing is owned */
};

/* Kinds of a site. */
enum {
  RETSAN_SITE_STORE = 1,
  RETSAN_SITE_USE = 2,
  RETSAN_SITE_TEST = 3,
  RETSAN_SITE_RELEASE = 4,
  RETSAN_SITE_PHASE = 5,
  RETSAN_SITE_COPY = 6,
  RETSAN_SITE_WIPE = 7,
  RETSAN_SITE_ESCAPE = 8,
  RETSAN_SITE_REFRESH = 9
};

struct retsan_site_v1 {
  const struct retsan_field_v1 *field;
  const char *file;
  const char *function;
  uint32_t line;
  uint32_t kind;
};

/* Operators of an atom. */
enum {
  RETSAN_ATOM_EQ = 1,
  RETSAN_ATOM_NE = 2,
  RETSAN_ATOM_LT = 3,
  RETSAN_ATOM_LE = 4,
  RETSAN_ATOM_GT = 5,
  RETSAN_ATOM_GE = 6
};

/* One condition on a phase variable. Null and nonnull are EQ 0 and NE 0. */
struct retsan_atom_v1 {
  uint64_t subject_id;
  int64_t value;
  uint32_t op;
  uint32_t reserved;
};

/* A finding's state: the suspect is stale while all atoms hold and it is not
 * null. */
struct retsan_state_v1 {
  uint64_t subject_id;     /* of the suspect */
  const char *fingerprint; /* of the finding */
  const struct retsan_atom_v1 *atoms;
  uint32_t num_atoms;
  uint32_t dangling; /* 1: the finding says that the target is freed */
};

enum {
  RETSAN_MODE_SUSPECTS = 1,
  RETSAN_MODE_STAMP = 2,
  RETSAN_MODE_ALL = 3,
  RETSAN_MODE_HEAP = 4
};

/* One for each object file; passed to the runtime by a constructor of that
 * file. */
struct retsan_module_v1 {
  uint32_t abi_version;
  uint32_t mode;
  const char *findings_id;
  const char *source_file;
  const struct retsan_field_v1 *const
      *fields; /* array of pointers to descriptors */
  const struct retsan_state_v1 *states;
  uint32_t num_fields;
  uint32_t num_states;
};

/* Called by a constructor of each instrumented object file (and again, by the
 * destructor, when a shared object is unloaded). */
void __retsan_register_v1(const struct retsan_module_v1 *module);
void __retsan_unregister_v1(const struct retsan_module_v1 *module);

/* `*slot = value` was executed for a suspect; called after the store, but
 * memory need not show it (a clear before the owner's free may have been
 * optimised away): `value` is the truth. Phase variables can be read from
 * memory. `field` is the address of the whole field (the same as slot unless it
 * is an array), so that the owner is `(char *)field - site->field->offset`. */
void __retsan_store_v1(const struct retsan_site_v1 *site, void *field,
                       void **slot, void *value);
/* `value` was loaded from a suspect slot and is used (or tested, or released:
 * the site's kind). Called after the load. */
void __retsan_load_v1(const struct retsan_site_v1 *site, void *field,
                      void **slot, void *value);
/* A phase variable at `addr` was written; called after the write. */
void __retsan_phase_v1(const struct retsan_site_v1 *site, void *addr);
/* The address of a suspect slot (or of a C++ owner) goes where accesses are not
 * seen. The site's kind says what happens to its present value: ESCAPE and USE
 * mean that it counts as used; TEST and RELEASE that it is only looked at, or
 * freed (the callee is known: `operator bool`, a destructor, a helper in the
 * same file). */
void __retsan_escape_v1(const struct retsan_site_v1 *site, void *field);
/* The slot may have been written where stores are not seen (by a callee that
 * was given its address, by an atomic compare-and-swap, by `reset` of an
 * owner): read it again. A value other than the known one is a store. For an
 * array of slots, every element is read. */
void __retsan_refresh_v1(const struct retsan_site_v1 *site, void *field);
/* An access by an address that a function returned, which is that of a suspect
 * slot on some paths: nothing is told if the runtime knows no slot of the
 * site's subject there. The site's kind says what it is; `value` is what was
 * stored or loaded, and not looked at for ESCAPE and REFRESH. */
void __retsan_through_v1(const struct retsan_site_v1 *site, void **slot,
                         void *value);
/* `size` bytes at dst, which hold instrumented fields, were overwritten by a
 * copy from src; called after the copy. site->field is any field of the record.
 */
void __retsan_copy_v1(const struct retsan_site_v1 *site, void *dst,
                      const void *src, size_t size);
/* `size` bytes at dst, which hold instrumented fields, were set to one byte
 * value. */
void __retsan_wipe_v1(const struct retsan_site_v1 *site, void *dst,
                      size_t size);

/* A local variable of `size` bytes, whose fields are to be tracked, begins and
 * ends its life. One that is left by longjmp ends with the next event of its
 * thread that is further up on the stack. */
void __retsan_local_v1(void *object, size_t size);
void __retsan_local_end_v1(void *object);

/* Mode `all`: `value`, not null, was stored to a field of role FIELD. The
 * compiler emits the same inline,
 *   __retsan_stamps_v2.holders[(value & mask) >> 4] = *number;
 * with a variable for each field of an object file, whose value is the
 * runtime's business: it is told of them by a constructor, after the module. */
void __retsan_hold_v1(const struct retsan_site_v1 *site, void *value);
struct retsan_holder_v1 {
  const struct retsan_field_v1 *field;
  uint16_t *number;
};
void __retsan_holders_v1(const struct retsan_holder_v1 *holders, size_t count);

/* Modes `stamp` and `all`: each pointer that is loaded to be used, or stored,
 * stamps its target. The compiler emits, inline,
 *   __retsan_stamps_v2.base[(value & __retsan_stamps_v2.mask) >> 4] =
 *       __retsan_stamps_v2.epoch;
 * which is harmless for any value and before the runtime starts: then the mask
 * is 0 and base is one byte that nobody reads. */
struct retsan_stamps_v2 {
  uint8_t *base;
  uint64_t mask;
  uint64_t epoch; /* 1 to 255 */
  uint16_t *holders;
};
extern struct retsan_stamps_v2 __retsan_stamps_v2;

/* Optional: entry and return of an instrumented function of external linkage. A
 * state that is entered and left again before that function returns was never
 * quiescent
 * (`growing = 0; old = NULL;`). enter returns what the matching leave is given.
 * Without these calls the runtime judges by the places of the two events. */
uint32_t __retsan_enter_v1(void);
void __retsan_leave_v1(uint32_t depth);

/* The same, inline: entry reads `depth` and adds 1 to it; return puts back what
 * entry read and, if `pending` is not 0, calls __retsan_leave_v1 with it. A
 * thread-local of the model initial-exec. */
struct retsan_scope_v1 {
  uint32_t depth;
  uint32_t pending;
};
extern __thread struct retsan_scope_v1 __retsan_scope_v1
    __attribute__((tls_model("initial-exec")));

#ifdef __cplusplus
}
#endif

#endif
