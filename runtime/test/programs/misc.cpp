//===- misc.cpp - allocation functions, modules, odd memory ---------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A C++ program under the runtime; the first argument names the scenario.
// Returns the number of the line whose expectation failed, 0 if none.
//
//===----------------------------------------------------------------------===//

#include <retsan/abi.h>
#include <retsan/api.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <malloc.h>
#include <memory>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

struct Cache {
  long Phase;
  std::unique_ptr<std::string> Owner;
  void *Plain;
};

static const retsan_field_v1 OwnerField = {31,
                                           "Cache.Owner",
                                           nullptr,
                                           8,
                                           8,
                                           sizeof(Cache),
                                           RETSAN_ROLE_SUSPECT,
                                           RETSAN_FIELD_OWNER,
                                           0,
                                           0,
                                           0};
static const retsan_field_v1 PlainField = {32,
                                           "Cache.Plain",
                                           nullptr,
                                           16,
                                           8,
                                           sizeof(Cache),
                                           RETSAN_ROLE_SUSPECT,
                                           0,
                                           0,
                                           0,
                                           0};
static const retsan_field_v1 PhaseField = {33,
                                           "Cache.Phase",
                                           nullptr,
                                           0,
                                           8,
                                           sizeof(Cache),
                                           RETSAN_ROLE_PHASE,
                                           RETSAN_FIELD_SIGNED,
                                           0,
                                           0,
                                           0};
static const retsan_field_v1 *const Fields[] = {&OwnerField, &PlainField,
                                                &PhaseField};
static const retsan_atom_v1 Over[] = {{33, 1, RETSAN_ATOM_GE, 0}};
static const retsan_state_v1 States[] = {{31, "stale-owner", Over, 1, 0},
                                         {32, "stale-plain", Over, 1, 0},
                                         {32, "dangling-plain", nullptr, 0, 1}};
static const retsan_module_v1 Module = {RETSAN_ABI_VERSION,
                                        RETSAN_MODE_SUSPECTS,
                                        "f00d",
                                        __FILE__,
                                        Fields,
                                        States,
                                        3,
                                        3};

__attribute__((constructor(101))) static void registerModule() {
  __retsan_register_v1(&Module);
}

#define SITE(Field, Kind)                                                      \
  ([]() -> const retsan_site_v1 * {                                            \
    static const retsan_site_v1 S = {&Field, __FILE__, "misc", __LINE__,       \
                                     Kind};                                    \
    return &S;                                                                 \
  }())
#define CHECK(X)                                                               \
  do {                                                                         \
    if (!(X))                                                                  \
      return __LINE__ & 255;                                                   \
  } while (0)

Cache *volatile TheCache;

static void storePlain(Cache *C, void *P) {
  C->Plain = P;
  __retsan_store_v1(SITE(PlainField, RETSAN_SITE_STORE), &C->Plain, &C->Plain,
                    P);
}

static void endPhase(Cache *C) {
  C->Phase = 1;
  __retsan_phase_v1(SITE(PhaseField, RETSAN_SITE_PHASE), &C->Phase);
}

/// What a stale slot retains is tracked, whatever function made it.
static int retained(void *P, size_t Size) {
  storePlain(TheCache, P);
  P = nullptr;
  CHECK(retsan_checkpoint() == Size);
  storePlain(TheCache, nullptr);
  return 0;
}

static int allocators() {
  endPhase(TheCache);
  CHECK(retained(malloc(1001), 1001) == 0);
  CHECK(retained(calloc(7, 11), 77) == 0);
  CHECK(retained(realloc(malloc(5), 123), 123) == 0);
  CHECK(retained(realloc(malloc(100000), 17), 17) == 0);
  CHECK(retained(realloc(nullptr, 19), 19) == 0);
  CHECK(retained(reallocarray(nullptr, 5, 5), 25) == 0);
  CHECK(retained(memalign(256, 300), 300) == 0);
  CHECK(retained(aligned_alloc(64, 640), 640) == 0);
  CHECK(retained(valloc(70), 70) == 0);
  CHECK(retained(pvalloc(70), 4096) == 0);
  void *P = nullptr;
  CHECK(posix_memalign(&P, 128, 333) == 0 &&
        reinterpret_cast<uintptr_t>(P) % 128 == 0);
  CHECK(retained(P, 333) == 0);
  CHECK(retained(operator new(44), 44) == 0);
  CHECK(retained(operator new[](45), 45) == 0);
  CHECK(retained(operator new(46, std::nothrow), 46) == 0);
  CHECK(retained(operator new(128, std::align_val_t(128)), 128) == 0);
  CHECK(retained(operator new[](128, std::align_val_t(64), std::nothrow),
                 128) == 0);
  return 0;
}

static int edges() {
  void *P = malloc(10);
  CHECK(malloc_usable_size(P) == 10 && malloc_usable_size(nullptr) == 0);
  P = realloc(P, 20);
  CHECK(malloc_usable_size(P) == 20);
  free(P);
  // What a program prints of its heap follows what it allocates.
  size_t Before = mallinfo2().uordblks;
  P = malloc(100000);
  CHECK(mallinfo2().uordblks >= Before + 100000);
  free(P);
  CHECK(mallinfo2().uordblks < Before + 100000);
  CHECK(posix_memalign(&P, 24, 8) == EINVAL &&
        posix_memalign(&P, 0, 8) == EINVAL);
  volatile size_t Huge = SIZE_MAX / 4;
  errno = 0;
  CHECK(!reallocarray(nullptr, Huge, 8) && errno == ENOMEM);
  // Through pointers: of functions that it knows Clang takes for granted that
  // they succeed, and that they leave errno alone.
  void *(*volatile Calloc)(size_t, size_t) = calloc;
  void *(*volatile Malloc)(size_t) = malloc;
  errno = 0;
  CHECK(!Calloc(Huge, 8) && errno == ENOMEM);
  CHECK(!Malloc(Huge * 3));
  // A failed realloc leaves the old allocation as it was, and tracked.
  P = malloc(50);
  memset(P, 7, 50);
  CHECK(!realloc(P, Huge * 3));
  CHECK(malloc_usable_size(P) == 50 && static_cast<char *>(P)[49] == 7);
  free(P);
  CHECK(malloc(0) != nullptr);
  P = malloc(30);
  volatile size_t Zero = 0;
  CHECK(realloc(P, Zero) == nullptr);
  // A large block, cut and grown in place or not, keeps its bytes.
  char *Q = static_cast<char *>(malloc(1 << 20));
  memset(Q, 1, 1 << 20);
  Q = static_cast<char *>(realloc(Q, 1 << 24));
  CHECK(Q[(1 << 20) - 1] == 1);
  Q = static_cast<char *>(realloc(Q, 100));
  CHECK(Q[99] == 1 && malloc_usable_size(Q) == 100);
  free(Q);
  std::vector<std::string> V;
  for (int I = 0; I != 1000; ++I)
    V.push_back(std::string(static_cast<size_t>(I), 'x'));
  CHECK(V[999].size() == 999);
  return 0;
}

/// reset() of an owner is seen by refresh, a call on it is an escape.
static int owner() {
  Cache *C = TheCache;
  C->Owner = std::make_unique<std::string>(100, 'x');
  __retsan_refresh_v1(SITE(OwnerField, RETSAN_SITE_REFRESH), &C->Owner);
  __retsan_escape_v1(SITE(OwnerField, RETSAN_SITE_ESCAPE), &C->Owner);
  CHECK(C->Owner->size() == 100);
  endPhase(C);
  return 0;
}

static int protectedPages() {
  char *Block = static_cast<char *>(malloc(1 << 20));
  void **Inside = reinterpret_cast<void **>(Block + (1 << 19));
  *Inside = malloc(500);
  TheCache->Plain = Block;
  char *Page = Block + 8192 - reinterpret_cast<uintptr_t>(Block) % 4096;
  CHECK(mprotect(Page, 4096, PROT_NONE) == 0);
  retsan_checkpoint();
  CHECK(mprotect(Page, 4096, PROT_READ | PROT_WRITE) == 0);
  return 0;
}

/// Slots in an arena of the program's own, and what it alone holds.
static int registeredRoot() {
  void *Arena = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Cache *C = new (Arena) Cache();
  storePlain(C, malloc(900));
  endPhase(C);
  CHECK(retsan_checkpoint() == 0); // not tracked yet
  retsan_register_root(Arena, 4096);
  storePlain(C, malloc(901));
  CHECK(retsan_checkpoint() == 901);
  storePlain(TheCache,
             C->Plain); // phase of TheCache is 0: a live alias elsewhere
  CHECK(retsan_checkpoint() == 0);
  storePlain(TheCache, nullptr);
  storePlain(C, nullptr);
  retsan_unregister_root(Arena);
  return 0;
}

/* A pool of the program's own gives out parts of one allocation, and of memory
 * from mmap. */
static int pool() {
  void *Map = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (char *Pool :
       {static_cast<char *>(malloc(4096)), static_cast<char *>(Map)}) {
    storePlain(TheCache, Pool + 128);
    retsan_pool_free(Pool, 128);       // another object
    retsan_pool_free(Pool + 192, 128); // another object
    retsan_pool_free(Pool + 128, 64);  // its own
    retsan_pool_free(Pool + 128, 64);  // given out and taken back once more
    storePlain(TheCache, nullptr);
  }
  // What lies in the pool ends with it.
  static char *volatile Pool;
  Pool = static_cast<char *>(calloc(1, 4096));
  Cache *C = new (Pool + 64) Cache();
  storePlain(C, malloc(700));
  endPhase(C);
  CHECK(retsan_checkpoint() == 700);
  storePlain(TheCache, nullptr); // another operation
  retsan_pool_free(C, sizeof *C);
  CHECK(retsan_checkpoint() == 0);
  return 0;
}

static int plugin(const char *Path, size_t Expected) {
  void *Handle = dlopen(Path, RTLD_NOW);
  CHECK(Handle);
  auto *Run = reinterpret_cast<void (*)(int)>(dlsym(Handle, "runPlugin"));
  CHECK(Run);
  Run(0);
  CHECK(retsan_checkpoint() == Expected);
  Run(1);
  CHECK(dlclose(Handle) == 0);
  // Its sites and strings are gone; what the profile says must not be.
  return 0;
}

/* What a module allocated outlives it. */
static int pluginStack(const char *Path) {
  void *Handle = dlopen(Path, RTLD_NOW);
  CHECK(Handle);
  auto *Allocate =
      reinterpret_cast<void *(*)(size_t)>(dlsym(Handle, "allocateInPlugin"));
  CHECK(Allocate);
  storePlain(TheCache, Allocate(650));
  CHECK(dlclose(Handle) == 0);
  CHECK(!dlopen(Path, RTLD_NOW | RTLD_NOLOAD));
  endPhase(TheCache);
  CHECK(retsan_checkpoint() == 650);
  return 0;
}

int main(int Argc, char **Argv) {
  std::string Name = Argc > 1 ? Argv[1] : "";
  TheCache = new Cache();
  if (Name == "allocators")
    return allocators();
  if (Name == "edges")
    return edges();
  if (Name == "owner")
    return owner();
  if (Name == "protected")
    return protectedPages();
  if (Name == "root")
    return registeredRoot();
  if (Name == "pool")
    return pool();
  if (Name == "plugin")
    return plugin(Argv[2], 600);
  if (Name == "plugin-stack")
    return pluginStack(Argv[2]);
  if (Name == "foreign-plugin")
    return plugin(Argv[2], 0);
  return 255;
}
