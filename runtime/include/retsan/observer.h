/*===- observer.h - what a container tells about its migrations
 *-------------===*
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * A container that moves its contents from an old array to a new one a little
 *at a time can say so here. Plain C; any container may use it,
 *retsan::incremental_map does through retsan::runtime_observer.
 *`__retsan_migration_v1` is weak: a program without a receiver links and pays
 *one test of a null address an event.
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
  RETSAN_MIGRATION_END = 3,    /* all have: the old array is dead from here */
  RETSAN_MIGRATION_RELEASED =
      4,                      /* its memory was given back, whole or in part */
  RETSAN_MIGRATION_PINNED = 5 /* an iterator holds on to an array */
};

struct retsan_migration_v1 {
  const void *container; /* the same address in all events of a container */
  const void *old_array; /* may be null in RELEASED */
  uint64_t old_bytes; /* BEGIN, BUCKET, END: of the old array; RELEASED: given
                         back now; PINNED: of the pinned array */
  uint64_t done;      /* buckets that have moved */
  uint64_t total;     /* buckets of the old array */
  uint32_t event;
  uint32_t reserved;
};

#if defined(__GNUC__)
__attribute__((weak))
#endif
void __retsan_migration_v1(const struct retsan_migration_v1 *event);

#ifdef __cplusplus
}
#endif

#endif
