//===- Hooks.cpp - what instrumented code calls ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions of abi.h and api.h: each takes the field table's lock and hands
// on, but most loads need neither (QuickPath.h). Before start() and after the
// last tables they do nothing.
//
//===----------------------------------------------------------------------===//

#include "QuickPath.h"

#include <link.h>
#include <retsan/api.h>

using namespace retsan;

/// Another copy of the runtime finds this one's address here, see
/// isSecondCopy().
RETSAN_EXPORT const uint32_t __retsan_abi_v1 = RETSAN_ABI_VERSION;

extern "C" {
__attribute__((
    visibility("default"),
    tls_model("initial-exec"))) __thread retsan_scope_v1 __retsan_scope_v1;
}

namespace {

/// A hook's prologue: false if there is nothing to do. Inside another hook or
/// malloc there is not either: we are in a handler of a signal that interrupted
/// them, and their thread may hold the lock.
class Event {
public:
  __attribute__((always_inline)) explicit Event(
      const retsan_site_v1 *Site, void *Pc = __builtin_return_address(0))
      : Go(running() && thread().Depth == 1) {
    if (Go)
      R.Fields.Mutex.lock();
    if (!thread().Tid)
      thread().Tid = currentTid();
    thread().HookPc = reinterpret_cast<uint64_t>(Pc);
    NewLast = Site;
  }
  ~Event() {
    if (!Go)
      return;
    R.Fields.Mutex.unlock();
    thread().LastSite = NewLast;
  }
  Event(const Event &) = delete;
  Event &operator=(const Event &) = delete;
  explicit operator bool() const { return Go; }

private:
  RuntimeScope Scope; // first in, last out: the lock is free when threads stop
  bool Go;
  const retsan_site_v1 *NewLast;
};

} // namespace

// Apart, so that the quick paths save few registers.
static __attribute__((noinline)) void slowStore(const retsan_site_v1 *Site,
                                                void *Field, void **Slot,
                                                void *Value, void *Pc) {
  if (Event E{Site, Pc})
    R.Fields.onStore(Site, Field, Slot, Value);
}

static __attribute__((noinline)) void slowLoad(const retsan_site_v1 *Site,
                                               void *Field, void **Slot,
                                               void *Value, void *Pc) {
  if (unlockedLoad(thread(), Site, reinterpret_cast<uint64_t>(Field),
                   reinterpret_cast<uint64_t>(Slot),
                   reinterpret_cast<uint64_t>(Value)))
    return;
  if (Event E{Site, Pc})
    R.Fields.onLoad(Site, Field, Slot, Value);
}

static __attribute__((noinline)) void slowPhase(const retsan_site_v1 *Site,
                                                void *Addr, void *Pc) {
  if (Event E{Site, Pc})
    R.Fields.onPhase(Site, Addr);
}

RETSAN_EXPORT void __retsan_store_v1(const retsan_site_v1 *Site, void *Field,
                                     void **Slot, void *Value) {
  if (ThreadState &T = thread(); RETSAN_LIKELY(T.Depth == 0 && running())) {
    if (!Value && quickClear(T, Site, reinterpret_cast<uint64_t>(Slot)))
      return;
    RuntimeScope Scope;
    if (RETSAN_LIKELY(R.Fields.quickStore(T, Site,
                                          reinterpret_cast<uint64_t>(Field),
                                          reinterpret_cast<uint64_t>(Slot),
                                          reinterpret_cast<uint64_t>(Value))))
      return;
  }
  slowStore(Site, Field, Slot, Value, __builtin_return_address(0));
}

static __attribute__((noinline)) void otherLoad(const retsan_site_v1 *Site,
                                                void *Field, void **Slot,
                                                void *Value, void *Pc) {
  ThreadState &T = thread();
  ThreadBlock::KnownSite *K = knownSite(T.Block, Site);
  if (!K || !loadOfOther(T, *K, reinterpret_cast<uint64_t>(Field),
                         reinterpret_cast<uint64_t>(Slot),
                         reinterpret_cast<uint64_t>(Value)))
    slowLoad(Site, Field, Slot, Value, Pc);
}

RETSAN_EXPORT void __retsan_load_v1(const retsan_site_v1 *Site, void *Field,
                                    void **Slot, void *Value) {
  ThreadState &T = thread();
  ThreadBlock *B = T.Block;
  if (RETSAN_UNLIKELY(T.Depth || !running() || !B))
    return slowLoad(Site, Field, Slot, Value, __builtin_return_address(0));
  // What takes a call comes last: then the rest saves no registers.
  const ThreadBlock::KnownSite *K = &B->Sites[sitePlace(Site)];
  uint64_t Bytes;
  Quick Q = Quick::No;
  if (RETSAN_LIKELY(K->Site == Site))
    Q = knownLoad<true>(T, *K, Site, *K->At, reinterpret_cast<uint64_t>(Field),
                        reinterpret_cast<uint64_t>(Slot),
                        reinterpret_cast<uint64_t>(Value), Bytes);
  if (RETSAN_LIKELY(Q == Quick::Done))
    return;
  if (Q == Quick::TimeUse)
    return timeUse(*K->At, Bytes);
  otherLoad(Site, Field, Slot, Value, __builtin_return_address(0));
}

RETSAN_EXPORT void __retsan_phase_v1(const retsan_site_v1 *Site, void *Addr) {
  if (ThreadState &T = thread();
      RETSAN_LIKELY(T.Depth == 0 && running()) &&
      quickPhase(T, Site, reinterpret_cast<uint64_t>(Addr)))
    return;
  slowPhase(Site, Addr, __builtin_return_address(0));
}

RETSAN_EXPORT void __retsan_escape_v1(const retsan_site_v1 *Site, void *Field) {
  if (Event E{Site})
    R.Fields.onEscape(Site, Field);
}

RETSAN_EXPORT void __retsan_refresh_v1(const retsan_site_v1 *Site,
                                       void *Field) {
  if (Event E{Site})
    R.Fields.onRefresh(Site, Field);
}

RETSAN_EXPORT void __retsan_through_v1(const retsan_site_v1 *Site, void **Slot,
                                       void *Value) {
  if (Event E{Site})
    R.Fields.onThrough(Site, Slot, Value);
}

RETSAN_EXPORT void __retsan_copy_v1(const retsan_site_v1 *Site, void *Dst,
                                    const void *Src, size_t Size) {
  if (Event E{Site})
    R.Fields.onRange(Site, Dst, Size);
}

RETSAN_EXPORT void __retsan_wipe_v1(const retsan_site_v1 *Site, void *Dst,
                                    size_t Size) {
  if (Event E{Site})
    R.Fields.onRange(Site, Dst, Size);
}

RETSAN_EXPORT void __retsan_hold_v1(const retsan_site_v1 *Site, void *Value) {
  ThreadState &T = thread();
  if (!Value || T.Depth || !running() || !R.Uses.on())
    return;
  RuntimeScope Scope;
  R.Fields.Mutex.lock();
  uint32_t Subject = R.Fields.subjectIndex(Site->field->subject_id);
  R.Fields.Mutex.unlock();
  R.Uses.hold(Stamps::numberOf(Subject), reinterpret_cast<uint64_t>(Value));
}

RETSAN_EXPORT void __retsan_holders_v1(const retsan_holder_v1 *Holders,
                                       size_t Count) {
  if (!running())
    return;
  RuntimeScope Scope;
  R.Fields.Mutex.lock();
  for (size_t N = 0; N != Count; ++N)
    *Holders[N].number =
        Stamps::numberOf(R.Fields.subjectIndex(Holders[N].field->subject_id));
  R.Fields.Mutex.unlock();
}

RETSAN_EXPORT __attribute__((noinline)) void __retsan_local_v1(void *Object,
                                                               size_t Size) {
  ThreadState &T = thread();
  if (!running() || T.Depth)
    return;
  uint64_t Begin = reinterpret_cast<uint64_t>(Object);
  auto Sp = reinterpret_cast<uint64_t>(__builtin_frame_address(0));
  RuntimeScope Scope;
  R.Fields.Mutex.lock();
  if (!T.Block)
    R.Fields.takeBlock();
  R.Fields.addLocal(Begin, Begin + Size, Sp);
  R.Fields.Mutex.unlock();
}

RETSAN_EXPORT void __retsan_local_end_v1(void *Object) {
  ThreadState &T = thread();
  if (!running() || T.Depth || !T.Block || !T.Block->NumLocals)
    return;
  uint64_t Begin = reinterpret_cast<uint64_t>(Object);
  // The usual case: the deepest one, with nothing in it.
  ThreadBlock::Local &Last = T.Block->Locals[T.Block->NumLocals - 1];
  if (Last.Begin == Begin && !Last.HasInstances) {
    --T.Block->NumLocals;
    return;
  }
  RuntimeScope Scope;
  R.Fields.Mutex.lock();
  R.Fields.endLocals(Begin);
  R.Fields.Mutex.unlock();
}

RETSAN_EXPORT uint32_t __retsan_enter_v1(void) { return scope().depth++; }

RETSAN_EXPORT void __retsan_leave_v1(uint32_t Depth) {
  ThreadState &T = thread();
  scope().depth = Depth;
  if (RETSAN_LIKELY(!scope().pending) || T.Depth)
    return;
  RuntimeScope Scope;
  R.Fields.Mutex.lock();
  R.Fields.onScopeLeave(Depth);
  R.Fields.Mutex.unlock();
}

RETSAN_EXPORT void __retsan_register_v1(const retsan_module_v1 *Module) {
  start();
  if (!running())
    return;
  if (Module->abi_version != RETSAN_ABI_VERSION) {
    note(Text() << (Module->source_file ? Module->source_file : "a module")
                << " was instrumented for ABI version " << Module->abi_version
                << ", this runtime has version " << RETSAN_ABI_VERSION
                << ": it is ignored");
    return;
  }
  refreshGlobals();
  RuntimeScope Scope;
  R.Fields.Mutex.lock();
  const char *Id = Module->findings_id ? Module->findings_id : "";
  bool Fits = !R.FindingsId || !*R.FindingsId || !*Id ||
              !compareStrings(R.FindingsId, Id);
  if (Fits) {
    if (*Id && (!R.FindingsId || !*R.FindingsId))
      R.FindingsId = R.Strings.copyString(Id);
    // Object files may differ: the mode that says most is the program's.
    if (R.Mode < Module->mode)
      R.Mode = Module->mode;
    if (Module->mode == RETSAN_MODE_ALL)
      R.turnOff(Runtime::TellLives);
    R.Fields.registerModule(*Module);
  }
  R.Fields.Mutex.unlock();
  bool Stamps =
      Module->mode == RETSAN_MODE_STAMP || Module->mode == RETSAN_MODE_ALL;
  if (Fits && Stamps && !R.Uses.failed() && !R.Uses.start())
    note(Text() << "no address space for stamps (ulimit -v, or overcommit is "
                   "off): when memory was last used is not known; mode "
                   "'suspects' needs less");
  if (!Fits)
    note(Text() << (Module->source_file ? Module->source_file : "a module")
                << " was instrumented for the findings " << Id
                << ", the program for " << R.FindingsId << ": it is ignored");
}

namespace {
struct ModuleSearch {
  uint64_t Address;
  uint64_t Begin, End;
};
} // namespace

static int findModule(dl_phdr_info *Info, size_t, void *Arg) {
  auto *S = static_cast<ModuleSearch *>(Arg);
  uint64_t Low = ~uint64_t(0), High = 0;
  for (int I = 0; I != Info->dlpi_phnum; ++I) {
    if (Info->dlpi_phdr[I].p_type != PT_LOAD)
      continue;
    uint64_t B = Info->dlpi_addr + Info->dlpi_phdr[I].p_vaddr;
    Low = B < Low ? B : Low;
    High = B + Info->dlpi_phdr[I].p_memsz > High
               ? B + Info->dlpi_phdr[I].p_memsz
               : High;
  }
  if (S->Address < Low || S->Address >= High)
    return 0;
  S->Begin = Low;
  S->End = High;
  return 1;
}

RETSAN_EXPORT void __retsan_unregister_v1(const retsan_module_v1 *Module) {
  if (!running())
    return;
  ModuleSearch S = {reinterpret_cast<uint64_t>(Module), 0, 0};
  dl_iterate_phdr(findModule, &S);
  RuntimeScope Scope;
  R.Fields.Mutex.lock();
  R.Fields.unregisterModule(S.Begin, S.End);
  R.Fields.Mutex.unlock();
}

RETSAN_EXPORT __attribute__((noinline)) size_t retsan_checkpoint(void) {
  start();
  if (!running())
    return 0;
  return checkpoint("api", spillRegisters());
}

RETSAN_EXPORT void retsan_register_root(const void *Begin, size_t Size) {
  start();
  RuntimeScope Scope;
  R.RangeLock.lock();
  uint64_t B = reinterpret_cast<uint64_t>(Begin);
  R.UserRoots.push({B, B + Size});
  R.RangeLock.unlock();
}

RETSAN_EXPORT void retsan_unregister_root(const void *Begin) {
  RuntimeScope Scope;
  R.RangeLock.lock();
  for (Range &G : R.UserRoots)
    if (G.Begin == reinterpret_cast<uint64_t>(Begin)) {
      G = R.UserRoots[R.UserRoots.size() - 1];
      R.UserRoots.pop();
      break;
    }
  R.RangeLock.unlock();
}
