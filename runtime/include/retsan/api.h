/*===- api.h - what a program may ask of the runtime ------------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * All functions are weak: a program that calls them links and runs without the
 * runtime as well, if it tests the function's address first or uses the
 *RETSAN_* macros, which do so.
 *===------------------------------------------------------------------------===*/

#ifndef RETSAN_API_H
#define RETSAN_API_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks the heap now and adds a checkpoint to the profile. Returns the number
 * of bytes that only stale fields retain. Other threads are stopped meanwhile.
 * Must not be called from a signal handler. */
__attribute__((weak)) size_t retsan_checkpoint(void);

/* Memory that holds pointers but is neither heap, global, stack nor
 * thread-local: an arena from mmap, or the stack of a coroutine that waits. It
 * is a root of the mark, and fields in it are tracked. */
__attribute__((weak)) void retsan_register_root(const void *begin, size_t size);
__attribute__((weak)) void retsan_unregister_root(const void *begin);

/* A pool of your own took back `size` bytes from `p` on, which it had given out
 * of memory from malloc or mmap: fields that point there dangle from now on,
 * those that lie there are gone. */
__attribute__((weak)) void retsan_pool_free(const void *p, size_t size);

/* A program may define this: options, as in RETSAN_OPTIONS, which wins over it.
 */
__attribute__((weak)) const char *__retsan_default_options(void);

#ifdef __cplusplus
}
#endif

#define RETSAN_CHECKPOINT()                                                    \
  (retsan_checkpoint ? retsan_checkpoint() : (size_t)0)
#define RETSAN_REGISTER_ROOT(p, n)                                             \
  ((void)(retsan_register_root ? (retsan_register_root((p), (n)), 0) : 0))
#define RETSAN_POOL_FREE(p, n)                                                 \
  ((void)(retsan_pool_free ? (retsan_pool_free((p), (n)), 0) : 0))
#define RETSAN_UNREGISTER_ROOT(p)                                              \
  ((void)(retsan_unregister_root ? (retsan_unregister_root(p), 0) : 0))

#endif
