//===- Join.cpp - findings meet what a run recorded -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Join.h"

#include "retsan/profile_format.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Path.h"

#include <unordered_map>

using namespace llvm;

namespace retsan::report {

const profile::Checkpoint *finalCheckpoint(const profile::Profile &P) {
  for (const profile::Checkpoint &C : reverse(P.Checkpoints))
    if (C.Why == "exit")
      return &C;
  return P.Checkpoints.empty() ? nullptr : &P.Checkpoints.back();
}

/// The program's sites name files as its compiler did; findings name them from
/// the root.
static std::string relativeTo(StringRef Root, StringRef File) {
  StringRef Rest = File;
  if (!Root.empty() && Rest.consume_front(Root) &&
      (Root.ends_with("/") || Rest.consume_front("/")))
    return Rest.str();
  return File.str();
}

static std::vector<PlaceRef> places(const std::vector<profile::Site> &Sites,
                                    StringRef Root) {
  std::vector<PlaceRef> Out;
  for (const profile::Site &S : Sites) {
    SmallString<256> File(S.File);
    sys::path::remove_dots(File, /*remove_dot_dot=*/true);
    Out.push_back({S.Function, relativeTo(Root, File), S.Line});
  }
  return Out;
}

static Verdict verdictOf(const profile::StateResult &S) {
  if (S.Refuted)
    return Verdict::Refuted;
  return S.Confirmed ? Verdict::Confirmed : Verdict::NotExercised;
}

/// A stale slot whose target is freed just before it is overwritten has been
/// stale, not dangling: only a dangling finding, or a slot that the mark itself
/// met, counts as dangling.
static StringRef conditionOf(const Finding &X, const profile::StateResult &S,
                             const profile::CheckpointSubject *C) {
  if (!S.Confirmed)
    return S.Refuted ? "live" : "";
  if (S.Dangling && (X.Check == "retsan-dangling-field" || (C && C->Dangling)))
    return "dangling";
  // What the mark reaches through no other way makes it more than an alias.
  if (C && C->StaleShared && !C->Stale)
    return "stale-shared";
  return "stale";
}

static RuntimeResult resultOf(const Finding &X, const profile::StateResult &S,
                              const profile::CheckpointSubject *C,
                              StringRef Root) {
  RuntimeResult R;
  R.V = verdictOf(S);
  R.Condition = conditionOf(X, S, C).str();
  R.Instances = S.Confirmed;
  R.RefutedInstances = S.Refuted;
  if (R.Condition == "dangling") {
    R.FreedBytes = S.FreedBytes;
    R.DanglingSeconds = S.DanglingSeconds;
    R.DanglingMBalloc = S.DanglingMBalloc;
  }
  R.D = {S.DragMBs, S.DragMBMBalloc};
  R.StoredAt = places(S.StoredAt, Root);
  R.LastUsedAt = places(S.LastUsedAt, Root);
  R.FreedAt = places(S.FreedAt, Root);
  R.EnteredAt = places(S.EnteredAt, Root);
  R.UsedInStateAt = places(S.UsedInStateAt, Root);
  if (C && R.V != Verdict::NotExercised) {
    R.RetainedBytes = C->RetainedBytes;
    R.SharedBytes = C->SharedBytes;
  }
  return R;
}

static StringRef endText(profile::Ending E) {
  switch (E) {
  case profile::Ending::Stored:
    return "cleared or overwritten";
  case profile::Ending::Owner:
    return "gone with its owner";
  case profile::Ending::Program:
    return "still set when the program ended";
  case profile::Ending::State:
    return "still set when the state was left";
  case profile::Ending::None:
    break;
  }
  return "";
}

static LifeStory lifeOf(const profile::Life &L, StringRef Root) {
  LifeStory Out;
  Out.Bytes = L.Bytes;
  Out.End = endText(L.End).str();
  auto Add = [&](StringRef What, const profile::Moment &M,
                 const profile::Site *At) {
    if (M.Seconds < 0)
      return;
    LifeEvent E;
    E.What = What.str();
    E.Seconds = M.Seconds;
    E.MBalloc = M.MBalloc;
    if (At && At->Line)
      E.At = places({*At}, Root).front();
    Out.Events.push_back(std::move(E));
  };
  Add("stored", L.Stored, &L.StoredAt);
  Add("first used", L.FirstUse, nullptr);
  Add("last used", L.LastUse, &L.LastUsedAt);
  Add("entered", L.Entered, nullptr);
  Add("freed", L.Freed, nullptr);
  Add("ended", L.Ended, &L.EndedAt);
  // A free of the target may come before or after the state is entered.
  llvm::stable_sort(Out.Events, [](const LifeEvent &A, const LifeEvent &B) {
    return A.MBalloc != B.MBalloc ? A.MBalloc < B.MBalloc
                                  : A.Seconds < B.Seconds;
  });
  return Out;
}

static std::vector<CaughtUse> caughtUses(const profile::Profile &P,
                                         const profile::StateResult &S,
                                         StringRef Root) {
  std::vector<CaughtUse> Out;
  for (const profile::Trap &T : P.Traps) {
    if (T.Fingerprint != S.Fingerprint || T.SubjectId != S.SubjectId)
      continue;
    CaughtUse C;
    C.Poison = T.Kind == RETSAN_TRAP_POISON;
    if (T.At.Line)
      C.At = places({T.At}, Root).front();
    for (const profile::Frame &F : T.Stack)
      C.Stack.push_back(F.Name.empty()
                            ? F.Module + "+0x" + utohexstr(F.Offset, true)
                            : F.Name);
    Out.push_back(std::move(C));
  }
  return Out;
}

/// What not every run has: lives, caught uses, cures, suppressions.
static void addOptions(Finding &X, const profile::Profile &P,
                       const profile::StateResult &S, StringRef Root) {
  X.Runtime->Caught = caughtUses(P, S, Root);
  for (const profile::Life &L : P.Lives)
    if (L.Fingerprint == X.Fingerprint && L.SubjectId == X.SubjectId)
      X.Runtime->Life = lifeOf(L, Root);
  for (const profile::SubjectResult &R : P.Subjects)
    if (R.SubjectId == X.SubjectId)
      X.Runtime->Phases = {{R.LagMBs, R.LagMBMBalloc},
                           {R.UseMBs, R.UseMBMBalloc},
                           {R.DragMBs, R.DragMBMBalloc},
                           {R.VoidMBs, R.VoidMBMBalloc}};
  for (const profile::Cure &C : P.Cures)
    if (C.SubjectId == X.SubjectId)
      X.Runtime->CuredSlots = C.Slots;
  for (const profile::Suppressed &Known : P.SuppressedStates)
    if (Known.Fingerprint == X.Fingerprint && X.Suppressed.empty())
      X.Suppressed = "suppression " + Known.Rule + " in the run";
}

Error joinProfile(FindingsFile &F, const profile::Profile &P, StringRef Name) {
  // With no suspects nothing is instrumented, so nothing names the findings.
  if (F.Findings.empty() && P.FindingsId.empty())
    return Error::success();
  if (P.FindingsId != F.FindingsId)
    return createStringError(
        inconvertibleErrorCode(),
        Twine(Name) + ": recorded with findings " +
            (P.FindingsId.empty() ? "(none)" : P.FindingsId) +
            ", but these are findings " + F.FindingsId +
            "; rebuild the program with this findings file");

  StringMap<const profile::StateResult *> ByFingerprint;
  for (const profile::StateResult &S : P.States)
    ByFingerprint[S.Fingerprint] = &S;
  // Ids come from files: a DenseMap keeps two values for itself.
  std::unordered_map<uint64_t, const profile::CheckpointSubject *> Marked;
  if (const profile::Checkpoint *C = finalCheckpoint(P))
    for (const profile::CheckpointSubject &S : C->Subjects)
      Marked[S.SubjectId] = &S;

  for (Finding &X : F.Findings) {
    const profile::StateResult *S = ByFingerprint.lookup(X.Fingerprint);
    if (S && S->SubjectId != X.SubjectId)
      return createStringError(inconvertibleErrorCode(),
                               Twine(Name) + ": fingerprint " + X.Fingerprint +
                                   " is of another subject there");
    if (S) {
      auto It = Marked.find(X.SubjectId);
      const profile::CheckpointSubject *Last =
          It == Marked.end() ? nullptr : It->second;
      X.Runtime = resultOf(X, *S, Last, F.Root);
      addOptions(X, P, *S, F.Root);
    } else {
      X.Runtime.emplace();
      X.Runtime->V = Verdict::NotExercised;
    }
    X.Runtime->Partial = P.Partial;
  }
  return Error::success();
}

} // namespace retsan::report
