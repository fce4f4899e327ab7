/*===- instrument.h - hooks as the passes would emit them -------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Lets a test program be instrumented by hand, so that the runtime is tested
 *without the compiler half: descriptors, sites and calls are what the passes
 *emit.
 *===------------------------------------------------------------------------===*/

#ifndef RETSAN_TEST_INSTRUMENT_H
#define RETSAN_TEST_INSTRUMENT_H

#include <retsan/abi.h>
#include <retsan/api.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(Name, Id, Record, Member, Role, Flags)                           \
  static const struct retsan_field_v1 Name = {                                 \
      Id,                                                                      \
      #Record "." #Member,                                                     \
      NULL,                                                                    \
      offsetof(struct Record, Member),                                         \
      sizeof(((struct Record *)0)->Member),                                    \
      sizeof(struct Record),                                                   \
      Role,                                                                    \
      Flags,                                                                   \
      0,                                                                       \
      0,                                                                       \
      0}
#define GLOBAL_FIELD(Name, Id, Variable, Role, Flags)                          \
  static const struct retsan_field_v1 Name = {Id,                              \
                                              #Variable,                       \
                                              &Variable,                       \
                                              0,                               \
                                              sizeof(Variable),                \
                                              0,                               \
                                              Role,                            \
                                              (Flags) | RETSAN_FIELD_GLOBAL,   \
                                              0,                               \
                                              0,                               \
                                              0}

#define SITE(Field, Kind)                                                      \
  __extension__({                                                              \
    static struct retsan_site_v1 SiteHere = {&Field, __FILE__, NULL, __LINE__, \
                                             Kind};                            \
    SiteHere.function = __func__;                                              \
    &SiteHere;                                                                 \
  })

#define STORE(Field, Place, Value)                                             \
  do {                                                                         \
    void *StoreValue = (void *)(Value);                                        \
    *(void *volatile *)&(Place) = StoreValue;                                  \
    __retsan_store_v1(SITE(Field, RETSAN_SITE_STORE), &(Place),                \
                      (void **)&(Place), StoreValue);                          \
  } while (0)
#define LOAD(Field, Place, Kind)                                               \
  __extension__({                                                              \
    void *LoadValue = *(void *volatile *)&(Place);                             \
    __retsan_load_v1(SITE(Field, Kind), &(Place), (void **)&(Place),           \
                     LoadValue);                                               \
    LoadValue;                                                                 \
  })
#define USE(Field, Place) LOAD(Field, Place, RETSAN_SITE_USE)
#define TEST(Field, Place) LOAD(Field, Place, RETSAN_SITE_TEST)
#define RELEASE(Field, Place) LOAD(Field, Place, RETSAN_SITE_RELEASE)
#define PHASE(Field, Place, Value)                                             \
  do {                                                                         \
    (Place) = (Value);                                                         \
    __retsan_phase_v1(SITE(Field, RETSAN_SITE_PHASE), &(Place));               \
  } while (0)

#define COUNT(Array) ((uint32_t)(sizeof(Array) / sizeof((Array)[0])))

/* Defines the module of the program and the constructor that registers it. */
#define MODULE(FindingsId, Fields, States)                                     \
  static const struct retsan_module_v1 TheModule = {RETSAN_ABI_VERSION,        \
                                                    RETSAN_MODE_SUSPECTS,      \
                                                    FindingsId,                \
                                                    __FILE__,                  \
                                                    Fields,                    \
                                                    States,                    \
                                                    COUNT(Fields),             \
                                                    COUNT(States)};            \
  __attribute__((constructor(101))) static void registerModule(void) {         \
    __retsan_register_v1(&TheModule);                                          \
  }

#define NOINLINE __attribute__((noinline))

#endif
