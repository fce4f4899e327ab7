//===- Terminal.cpp - states that say that they are the last --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// People call the states that nothing leads out of FAILURE, DONE or CLOSED. An
// object that has come to one of them is expected to go: what it still holds
// goes with it a moment later, and is no retention worth an alarm. A name alone
// is not enough where the program is seen to leave the state again: then it is
// a phase like others.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Ending endingOf(StringRef Name) {
  Ending Best = Ending::None;
  for (const std::string &Word : wordsOf(Name)) {
    Ending E = StringSwitch<Ending>(Word)
                   .Cases("fail", "failed", "failure", Ending::Over)
                   .Cases("err", "error", "errored", Ending::Over)
                   .Cases("abort", "aborted", "aborting", Ending::Over)
                   .Cases("dead", "died", "broken", "corrupt", Ending::Over)
                   .Cases("reject", "rejected", "invalid", Ending::Over)
                   .Cases("denied", "timedout", "expired", Ending::Over)
                   .Cases("close", "closed", "closing", Ending::Over)
                   .Cases("quit", "quitting", "dying", Ending::Over)
                   .Cases("terminated", "destroyed", "gone", Ending::Over)
                   .Cases("shutdown", "disconnected", Ending::Over)
                   // NOT_CLOSED, NO_ERROR.
                   .Cases("not", "no", "non", "un", Ending::Not)
                   .Default(Ending::None);
    if (E == Ending::Not)
      return Ending::None;
    Best = std::max(Best, E);
  }
  return Best;
}

/// The ending that the state's enumerators tell of, and whether an operation
/// takes a living object out of the state again.
std::pair<Ending, bool> Judge::ending(uint32_t SI,
                                      const std::vector<bool> &Keep) const {
  const AbstractState &A = C.states()[SI];
  Ending Found = Ending::None;
  size_t By = 0;
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G] || !A.G[G].isConst() || C.guards()[G].Pointer ||
        C.guards()[G].Mask)
      continue;
    std::string Name = valueName(G, A.G[G].Lo);
    if (isDigit(Name[0]) || Name[0] == '-')
      continue;
    if (Ending E = endingOf(Name); E > Found) {
      Found = E;
      By = G;
    }
  }
  if (Found == Ending::None)
    return {Found, false};
  DenseSet<uint32_t> Seen;
  SmallVector<uint32_t, 16> Work{SI};
  while (!Work.empty()) {
    uint32_t At = Work.pop_back_val();
    if (!Seen.insert(At).second)
      continue;
    const AbstractState &B = C.states()[At];
    if (B.G[By] != A.G[By])
      return {Found, true};
    for (auto [TI, To] : B.Next)
      if (!C.states()[To].Start &&
          C.transitions()[TI].Fate == Transition::Lives)
        Work.push_back(To);
  }
  return {Found, false};
}

namespace {

/// How a variable changes: by one, or by anything else.
struct Steps {
  bool Up = false, Down = false, Other = false;

  void add(const Program &P, const Tracked &T, uint32_t Fn) {
    const Shape S(P, Fn);
    unsigned Addresses = 0, Atomic = 0;
    for (const Block &B : S.F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode == Op::Call && I.Callee != None && !I.Args.empty()) {
          const Instr *D = S.origin(I.Args[0]);
          StringRef Name = P.str(P.Callees[I.Callee].Name);
          const bool Adds = Name.contains("_add"), Subs = Name.contains("_sub");
          if (D && D->Opcode == Op::Addr && isPlaceOf(T, S.F.Places[D->P]) &&
              (Adds || Subs) &&
              (Name.starts_with("__sync_") || Name.contains("atomic"))) {
            (Adds ? Up : Down) = true;
            ++Atomic;
          }
        }
        if (I.P == None || !isPlaceOf(T, S.F.Places[I.P]) ||
            I.Opcode == Op::Load)
          continue;
        if (I.Opcode == Op::Addr) {
          ++Addresses;
          continue;
        }
        const Instr *D = I.Opcode == Op::Store ? S.def(I.A) : nullptr;
        const bool ByOne = D && D->Opcode == Op::Bin &&
                           D->B.Kind == Operand::Int && D->B.Value == 1;
        if (ByOne && D->Bop == BinOp::Add)
          Up = true;
        else if (ByOne && D->Bop == BinOp::Sub)
          Down = true;
        else
          Other |= I.Opcode != Op::Store || I.A.Kind != Operand::Int ||
                   I.A.Value != 0;
      }
    Other |= Addresses != Atomic;
  }
};

} // namespace

/// Whether the subject is a global whose users are counted, by a variable that
/// only ever goes up and down by one, and who frees it takes one away, or who
/// calls that: none is left, as before the first.
bool Judge::unused(const Where &Freed, uint32_t By) const {
  if (Sub.T.Global == None || !Freed)
    return false;
  if (countsDown(By) || countsDown(Freed.Fn))
    return true;
  return any_of(P.SitesOf[Freed.Fn], [&](const CallSite &S) {
    C.engine().noteLook(S.Function);
    return countsDown(S.Function);
  });
}

/// Whether \p By takes one away from a variable that only ever goes up and down
/// by one.
bool Judge::countsDown(uint32_t By) const {
  const Context &Cx = C.engine().context();
  std::set<uint32_t> Globals;
  for (const Place &Pl : P.Functions[By].Places)
    if (Pl.Base == Place::Global && Pl.Path.empty() &&
        P.Types[Pl.Type].Kind == TypeKind::Int)
      Globals.insert(Pl.BaseIndex);
  return any_of(Globals, [&](uint32_t G) {
    Tracked T;
    T.Global = G;
    Steps Here, All;
    Here.add(P, T, By);
    if (!Here.Down)
      return false;
    for (uint32_t Fn : Cx.touchersOf(Cx.slotOf(T)))
      All.add(P, T, Fn);
    return All.Up && !All.Other;
  });
}

/// Whether a function tells what to do by comparing a name with many others: a
/// reader of settings, which come in any order.
bool Judge::readsSettings(uint32_t Fn) const {
  constexpr unsigned Many = 3;
  unsigned Names = 0;
  for (const Block &B : P.Functions[Fn].Blocks)
    for (const Instr &I : B.Instrs)
      Names +=
          I.Opcode == Op::Call && I.Callee != None &&
          any_of(I.Args,
                 [](const Operand &O) { return O.Kind == Operand::Str; }) &&
          StringSwitch<bool>(P.str(P.Callees[I.Callee].Name))
              .Cases("strcmp", "strcasecmp", "strncmp", "strncasecmp", true)
              .Cases("g_strcmp0", "g_str_equal", "g_ascii_strcasecmp", true)
              .Default(false);
  return Names >= Many;
}

/// Whether what tells the state is only set while the program begins: options.
bool Judge::isSetOnce(const std::vector<bool> &Keep) const {
  return is_contained(Keep, true) &&
         none_of(C.transitions(), [&](const Transition &Tr) {
           if (Tr.Once)
             return false;
           for (size_t G = 0; G < Keep.size(); ++G)
             if (Keep[G] && Tr.PostG[G] && Tr.Fate != Transition::Created)
               return true;
           return false;
         });
}

/// Whether a guard that says by its name whether something was initialised says
/// no.
bool Judge::hasNotBegun(const AbstractState &A) const {
  for (size_t G = 0; G < A.G.size(); ++G)
    if (A.G[G].isConst() && A.G[G].Lo == 0 && !C.guards()[G].Pointer &&
        any_of(wordsOf(guardName(G)), [](StringRef W) {
          return W.starts_with("initiali") || W == "inited";
        }))
      return true;
  return false;
}

} // namespace retsan::solve
