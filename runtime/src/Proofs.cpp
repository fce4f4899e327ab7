//===- Proofs.cpp - tripwire and cure -------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a run can do beyond looking on. tripwire=1 tells a use in the dead state
// with its stack, at once. tripwire=poison also makes the slot's pointer
// invalid while it is dead, so that code which is not instrumented faults; the
// handler mends the registers, writes down who it was, and the program goes on.
// cure=SUBJECT clears the slot as soon as it is dead: the program's own tests
// then say whether somebody misses it.
//
// A state settles when the public function that brought it about returns; only
// then is anything done to the slot.
//
//===----------------------------------------------------------------------===//

#include "Frames.h"
#include "Runtime.h"

#include <execinfo.h>
#include <retsan/profile_format.h>
#include <signal.h>
#include <ucontext.h>

namespace retsan {

static constexpr uint32_t MaxTraps = 100;

//===----------------------------------------------------------------------===//
// Stacks
//===----------------------------------------------------------------------===//

namespace {
struct StackTrace {
  static constexpr int Max = 64;
  void *Pc[Max];
  int Begin = 0, End = 0;

  /// Frames from the one that is at \p From; all if there is none.
  explicit StackTrace(uint64_t From) {
    End = backtrace(Pc, Max);
    for (int I = 0; I != End; ++I)
      if (reinterpret_cast<uint64_t>(Pc[I]) == From)
        Begin = I;
  }
};

} // namespace

static Text &hex(Text &T, uint64_t V) {
  char Digits[17] = {};
  int N = 16;
  do {
    Digits[--N] = "0123456789abcdef"[V & 15];
    V >>= 4;
  } while (V);
  return T << "0x" << (Digits + N);
}

void FieldTable::trap(const Instance &I, uint32_t StateIndex,
                      const retsan_site_v1 *Site, uint32_t Kind, uint64_t Pc) {
  if (NumTraps == MaxTraps)
    return;
  ++NumTraps;
  const State &St = States[StateIndex];
  StackTrace Trace(Pc);
  if (!R.Opts.log_path || R.Opts.verbosity) {
    Text T;
    T << "tripwire: " << I.Of->Name
      << (Kind == RETSAN_TRAP_USE
              ? " is used in its dead state"
              : ", poisoned in its dead state, is followed");
    if (Site)
      T << " at " << Site->file << ":" << Site->line << " in "
        << Site->function;
    T.print();
    for (int N = Trace.Begin; N != Trace.End; ++N) {
      FrameName F(reinterpret_cast<uint64_t>(Trace.Pc[N]));
      Text Line;
      Line << "  #" << (N - Trace.Begin) << " ";
      hex(Line << F.Module << "+", F.Offset).print();
    }
  }
  if (!R.Profile.isOpen())
    return;
  ProfileWriter &W = R.Profile;
  W.Mutex.lock();
  W.begin(RETSAN_REC_TRAP);
  W.string(St.Fingerprint).u64(St.SubjectId).u32(Kind);
  W.string(Site ? Site->file : "").string(Site ? Site->function : "");
  W.u32(Site ? Site->line : 0);
  writeFrames(W, reinterpret_cast<const uint64_t *>(Trace.Pc + Trace.Begin),
              static_cast<uint32_t>(Trace.End - Trace.Begin));
  W.end();
  W.Mutex.unlock();
}

//===----------------------------------------------------------------------===//
// What is done to a dead slot
//===----------------------------------------------------------------------===//

/// Writes \p New to the slot if it still holds \p Old.
static bool replace(uint64_t Slot, uint64_t Old, uint64_t New) {
  return __atomic_compare_exchange_n(reinterpret_cast<uint64_t *>(Slot), &Old,
                                     New, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED);
}

void FieldTable::settled(Instance &I, Entry &E, const Moment &M) {
  if (!I.Value || I.Slot & 7)
    return;
  if (I.Of->Cure) {
    if (!replace(I.Slot, I.Value, 0))
      return;
    ++Totals.Subjects[I.SubjectIndex].Cured;
    E.Settled = true;
    setValue(I, 0, E.Site, M);
  } else if (R.Trip == Tripwire::Poison && !I.Poisoned && !E.Used) {
    I.Poisoned = replace(I.Slot, I.Value, poison(I.Value));
  }
}

void FieldTable::heal(Instance &I) {
  I.Poisoned = false;
  replace(I.Slot, poison(I.Value), I.Value);
}

void FieldTable::healAll() {
  forEachInstance([&](Instance &I) {
    if (I.Poisoned)
      heal(I);
  });
}

bool FieldTable::hasCure() const {
  for (size_t N = 0; N != Subjects.size(); ++N)
    if (Subjects[N]->Cure)
      return true;
  return false;
}

//===----------------------------------------------------------------------===//
// Faults of poisoned pointers
//===----------------------------------------------------------------------===//

void FieldTable::onPoisonFault(uint64_t Value, uint64_t Pc) {
  forEachInstance([&](Instance &I) {
    uint64_t Size = I.TargetSize ? I.TargetSize : 1;
    if (!I.Poisoned || Value - I.Value >= Size)
      return;
    for (uint32_t N = 0; N != I.NumEntries; ++N) {
      if (!I.Entries[N].In || I.Entries[N].Used)
        continue;
      I.Entries[N].Used = true;
      trap(I, I.Of->States[N], nullptr, RETSAN_TRAP_POISON, Pc);
    }
    heal(I);
  });
}

static struct sigaction OldAction;

static void onFault(int Signal, siginfo_t *Info, void *Context) {
  auto *U = static_cast<ucontext_t *>(Context);
  greg_t *Regs = U->uc_mcontext.gregs;
  uint64_t Plain = 0;
  static const int General[] = {REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12,
                                REG_R13, REG_R14, REG_R15, REG_RDI, REG_RSI,
                                REG_RBP, REG_RBX, REG_RDX, REG_RAX, REG_RCX};
  for (int Reg : General) {
    auto Word = static_cast<uint64_t>(Regs[Reg]);
    if (Word >> 48 != PoisonTag)
      continue;
    Plain = plainValue(Word);
    Regs[Reg] = static_cast<greg_t>(Plain);
    if (!running() || thread().Depth)
      continue;
    RuntimeScope Scope;
    R.Fields.Mutex.lock();
    R.Fields.onPoisonFault(Plain, static_cast<uint64_t>(Regs[REG_RIP]));
    R.Fields.Mutex.unlock();
  }
  if (Plain)
    return; // and try again
  if (OldAction.sa_flags & SA_SIGINFO && OldAction.sa_sigaction)
    OldAction.sa_sigaction(Signal, Info, Context);
  else if (OldAction.sa_handler != SIG_DFL && OldAction.sa_handler != SIG_IGN)
    OldAction.sa_handler(Signal);
  else
    sigaction(Signal, &OldAction, nullptr); // the next try is the end
}

void startProofs() {
  const char *T = R.Opts.tripwire;
  if (!compareStrings(T, "1"))
    R.Trip = Tripwire::Watch;
  else if (!compareStrings(T, "poison"))
    R.Trip = Tripwire::Poison;
  else if (compareStrings(T, "0"))
    (Text() << "option tripwire: '" << T
            << "' is not a value for it (0, 1, poison)")
        .print();
  R.Acts = R.Opts.cure || R.Trip == Tripwire::Poison;
  if (R.Trip == Tripwire::Off)
    return;
  learnProgramName();
  // The first call loads libgcc and allocates; later ones must not.
  void *Pc[1];
  backtrace(Pc, 1);
  if (R.Trip != Tripwire::Poison)
    return;
  struct sigaction Action = {};
  Action.sa_sigaction = onFault;
  Action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  if (sigaction(SIGSEGV, &Action, &OldAction)) {
    note(Text() << "tripwire=poison: SIGSEGV cannot be handled");
    R.Trip = Tripwire::Watch;
    R.Acts = R.Opts.cure;
  }
}

} // namespace retsan
