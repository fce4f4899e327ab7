/*===- observer.h - what a container tells about its migrations
 *-------------===*
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * A container that moves its contents from an old array to a new one a little
 * at a time can say so here. Plain C; any container may use it,
 * retsan::incremental_map does through retsan::runtime_observer. RetSan's
 * runtime counts the events by name and says which old arrays are still
 * allocated although their migration has ended. The function is weak: a program
 * without the runtime links, and pays one test of a null address an event.
 *
 *   if (__retsan_migration_v1) {
 *     struct retsan_migration_v1 e = {table, table->old, bytes, 0, n,
 *                                     RETSAN_MIGRATION_BEGIN, 1, "routes"};
 *     __retsan_migration_v1(&e);
 *   }
 *===------------------------------------------------------------------------===*/

#ifndef RETSAN_OBSERVER_H
#define RETSAN_OBSERVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  RETSAN_MIGRATION_BEGIN = 1,  /* the old array is in use beside the new one */
  RETSAN_MIGRATION_BUCKET = 2, /* one bucket has moved */
  /* All have, or the rest will not: the old array is dead from here. */
  RETSAN_MIGRATION_END = 3,
  /* Its memory was given back, whole or in part; also as the container dies. */
  RETSAN_MIGRATION_RELEASED = 4,
  RETSAN_MIGRATION_PINNED = 5 /* an iterator holds on to an array */
};

struct retsan_migration_v1 {
  const void *container; /* may change: containers are moved and swapped */
  const void *old_array; /* the same in all events of a migration; in RELEASED
                            it may be null: that of the container */
  uint64_t old_bytes; /* BEGIN, BUCKET, END: of the old array; RELEASED: given
                         back now; PINNED: of the pinned array */
  uint64_t done;      /* buckets that have moved */
  uint64_t total;     /* buckets of the old array */
  uint32_t event;
  uint32_t named;   /* 1: `name` is there; programs of before it have 0 */
  const char *name; /* rows of the report: a type's, or a container's own */
};

#if defined(__GNUC__)
__attribute__((weak))
#endif
void __retsan_migration_v1(const struct retsan_migration_v1 *event);

#ifdef __cplusplus
}
#endif

#endif
