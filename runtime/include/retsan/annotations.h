/*===- annotations.h - contracts that RetSan checks
 *--------------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Say how long a pointer is meant to live, in the spirit of GUARDED_BY:
 *
 *   struct map {
 *     bool growing;
 *     bucket *old RETSAN_LIVE_WHILE(growing);
 *     char *arena RETSAN_RETAINED("reused by the next request");
 *   };
 *   RETSAN_RELEASES(old) void drop_old(struct map *m);
 *
 * An annotated field costs optimisation in compiled code, so the macros expand
 *to nothing unless one of RetSan's tools or clang-tidy reads the source.
 *===------------------------------------------------------------------------===*/

#ifndef RETSAN_ANNOTATIONS_H
#define RETSAN_ANNOTATIONS_H

#if defined(__clang__) && (defined(__RETSAN__) || defined(__clang_analyzer__))
#define RETSAN_ANNOTATE(text) __attribute__((annotate(text)))
#else
#define RETSAN_ANNOTATE(text)
#endif

/* On a field or variable: it may be non-null only while the condition holds.
 * The condition names fields of the same record (or variables of the file). */
#define RETSAN_LIVE_WHILE(...)                                                 \
  RETSAN_ANNOTATE("retsan:live_while=" #__VA_ARGS__)

/* On a field or variable: kept on purpose; not reported, but listed. */
#define RETSAN_RETAINED(why) RETSAN_ANNOTATE("retsan:retained=" why)

/* On a function: it releases that field of its record. */
#define RETSAN_RELEASES(field) RETSAN_ANNOTATE("retsan:releases=" #field)

#endif
