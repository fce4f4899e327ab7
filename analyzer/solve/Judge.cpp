//===- Judge.cpp - questions put to a closure -----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Contract.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Judge::Judge(const Subject &Sub, Closure &C, const Screen &Screened,
             const Renderer &R, const JudgeOptions &Opts)
    : Sub(Sub), C(C), Screened(Screened), R(R), Opts(Opts), P(R.program()) {}

void Judge::run(std::vector<Finding> &Out) {
  size_t Before = Out.size();
  if (!Sub.LiveWhile.empty())
    liveWhile(Out);
  if (Opts.Dangling)
    dangling(Out);
  if (Opts.Stale)
    stale(Out);
  if (Opts.Stalled)
    stalled(Out);
  if (Opts.Unread && Out.size() == Before)
    unreadOwner(Out);
  for (size_t I = Before; I < Out.size(); ++I)
    if (!Sub.Retained.empty())
      Out[I].Suppressed = "RETSAN_RETAINED: " + Sub.Retained;
}

void Judge::unreadOwner(std::vector<Finding> &Out) {
  if (Sub.InUnion || !Sub.Own.owned())
    return;
  bool Stored = false, Made = true, Drops = false;
  Where At;
  for (const Transition &Tr : C.transitions()) {
    if (Tr.Uses || Tr.UsesAndFrees)
      return;
    Drops |= Tr.Drops;
    if (!Tr.Keeps && Tr.Post == Held::NotNull && !Tr.Borrowed && !Tr.Alias) {
      Stored = true;
      Made &= Tr.Made;
      if (!At)
        At = Tr.StoreAt;
    }
  }
  if (!Stored || Screened.loadsUsed(Sub) || C.engine().exhausted())
    return;
  for (uint32_t I = 0; I < C.states().size(); ++I) {
    const AbstractState &A = C.states()[I];
    if (A.F != Held::NotNull || A.Borrowed || A.Alias)
      continue;
    Finding F = begin("retsan-unread-owner", I);
    F.File = R.file(Sub.Decl.File);
    F.Line = Sub.Decl.Line;
    PlaceRef Set = R.place(A.SetAt);
    F.Function = Set.Function;
    F.Level = Opts.ClosedProgram || Sub.T.Global == None ? Confidence::High
                                                         : Confidence::Medium;
    // The clients of a library read the records that its headers show.
    const facts::File *In =
        Sub.Decl.File < P.Files.size() ? &P.Files[Sub.Decl.File] : nullptr;
    if (P.Main == None && In && Sub.T.Record != None) {
      StringRef Path = P.str(In->Path);
      if (Path.contains("/include/") &&
          sys::path::extension(Path).starts_with(".h")) {
        F.Level = Confidence::Low;
        F.Reasons.push_back("a client of the library may read it");
      }
    }
    if (isLeftOut(P, Sub.T)) {
      F.Level = Confidence::Low;
      F.Reasons.push_back("code that this build leaves out names it");
    } else if (Sub.Kind == OwnerKind::None && (!Made || Drops)) {
      F.Level = Confidence::Low;
      F.Reasons.push_back(
          Made ? "a reference keeps what it refers to alive"
               : "what it holds comes from elsewhere, as a handle does");
    } else if (F.Level == Confidence::High &&
               (A.Tainted || Sub.Kind == OwnerKind::None)) {
      // Pointers into the block may have been handed out before it was stored.
      F.Level = Confidence::Medium;
    }
    F.Message = "'" + Sub.Name +
                "' owns memory that no function uses: it is set" +
                (Set.Function.empty() ? "" : " in " + Set.Function) +
                " and only released";
    F.Why = "No function reads it other than to test or release it.";
    F.Fix = "drop the field, or release its target as soon as it is made";
    Out.push_back(std::move(F));
    return;
  }
}

void Judge::liveWhile(std::vector<Finding> &Out) {
  auto GuardOf = [&](StringRef Name, int64_t Mask) -> size_t {
    for (size_t G = 0; G < C.guards().size(); ++G) {
      const Guard &Gd = C.guards()[G];
      const Tracked &T = C.engine().focus().Items[Gd.Item];
      if (Gd.Mask == Mask &&
          Name == (T.Global != None && T.Path.empty() ? nameOf(P, T)
                                                      : pathOf(P, T)))
        return G;
    }
    return None;
  };
  std::vector<ContractName> Names = contractNames(Sub.LiveWhile);
  uint32_t Best = None;
  for (uint32_t I = 0; I < C.states().size(); ++I) {
    const AbstractState &A = C.states()[I];
    if ((A.F != Held::NotNull && A.F != Held::Freed) ||
        (A.Tainted && A.Assumed))
      continue;
    std::optional<bool> Holds = contractHolds(
        Sub.LiveWhile, [&](StringRef Name, int64_t Mask) -> const Con * {
          size_t G = GuardOf(Name, Mask);
          return G == None || A.G[G].top() ? nullptr : &A.G[G];
        });
    if (!Holds || *Holds)
      continue;
    if (Best == None || A.Depth < C.states()[Best].Depth)
      Best = I;
  }
  if (Best == None)
    return;
  const AbstractState &A = C.states()[Best];
  Finding F = begin("retsan-live-while", Best);
  PlaceRef Set = R.place(A.F == Held::Freed && A.FreedAt ? A.FreedAt : A.SetAt);
  if (A.By != None) {
    const Transition &Tr = C.transitions()[A.By];
    for (const ContractName &N : Names)
      if (size_t G = GuardOf(N.Name, N.Mask); G != None && Tr.GuardAt[G]) {
        Set = R.place(Tr.GuardAt[G]);
        break;
      }
  }
  F.File = Set.File;
  F.Line = Set.Line;
  F.Function = Set.Function;
  F.Level = Confidence::High;
  std::string Text = contractText(Sub.LiveWhile);
  std::string When = guardText(A);
  F.Message = "'" + Sub.Name + "' may be non-null only while " + Text +
              ", but is " + (A.F == Held::Freed ? "left dangling" : "kept") +
              (When.empty() ? std::string() : " while " + When);
  F.Why = "The field is annotated RETSAN_LIVE_WHILE(" + Text + ").";
  F.Fix = "clear " + Sub.FieldPath + " on every path that ends the phase";
  Out.push_back(std::move(F));
}

} // namespace retsan::solve
