//===- ProfileJSON.cpp - merged profiles ----------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One list of members for both directions: an archive that writes a JSON object
// or reads one, naming the first key that is missing or wrong.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/ProfileJSON.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <limits>
#include <type_traits>

using namespace llvm;
namespace json = llvm::json;

namespace retsan::profile {

static constexpr StringLiteral Schema = "retsan.profile/1";

namespace {

class ObjectWriter {
public:
  json::Object O;

  void id(StringLiteral Key, const uint64_t &V) {
    // utohexstr writes 17 digits of a zero, which says "several".
    O[Key] = V ? utohexstr(V, true, 16) : std::string(16, '0');
  }
  void field(StringLiteral Key, const std::string &V) {
    O[Key] = json::isUTF8(V) ? V : json::fixUTF8(V);
  }
  void field(StringLiteral Key, const bool &V) { O[Key] = V; }
  void field(StringLiteral Key, const double &V) {
    O[Key] = std::isfinite(V) ? V : 0.0;
  }
  template <typename T>
    requires std::is_unsigned_v<T>
  void field(StringLiteral Key, const T &V) {
    O[Key] = static_cast<uint64_t>(V);
  }
  void field(StringLiteral Key, const std::vector<std::string> &V) {
    json::Array A;
    for (const std::string &S : V)
      A.push_back(json::fixUTF8(S));
    O[Key] = std::move(A);
  }
  template <typename T> void field(StringLiteral Key, const std::vector<T> &V) {
    json::Array A;
    for (const T &Item : V) {
      ObjectWriter W;
      members(W, Item);
      A.push_back(std::move(W.O));
    }
    O[Key] = std::move(A);
  }
  void ending(StringLiteral Key, const Ending &V) {
    O[Key] = static_cast<uint32_t>(V);
  }
  template <typename T> void place(StringLiteral Key, const T &S) {
    ObjectWriter W;
    members(W, S);
    O[Key] = std::move(W.O);
  }
  /// Left out if it is empty: most runs have none.
  template <typename T>
  void optional(StringLiteral Key, const std::vector<T> &V) {
    if (!V.empty())
      field(Key, V);
  }
  void optional(StringLiteral Key, const uint64_t &V) {
    if (V)
      field(Key, V);
  }
  void optional(StringLiteral Key, const std::string &V) {
    if (!V.empty())
      field(Key, V);
  }
};

class ObjectReader {
public:
  ObjectReader(const json::Value &V, json::Path P) : O(V.getAsObject()), P(P) {
    if (!O)
      fail(P, "expected object");
  }
  bool Good = true;

  void id(StringLiteral Key, uint64_t &V) {
    const json::Value *J = get(Key);
    std::optional<StringRef> S = J ? J->getAsString() : std::nullopt;
    if (J && (!S || S->size() != 16 || S->getAsInteger(16, V)))
      fail(P.field(Key), "expected 16 hexadecimal digits");
  }
  void field(StringLiteral Key, std::string &V) {
    if (const json::Value *J = get(Key))
      if (!json::fromJSON(*J, V, P.field(Key)))
        Good = false;
  }
  void field(StringLiteral Key, bool &V) {
    if (const json::Value *J = get(Key))
      if (!json::fromJSON(*J, V, P.field(Key)))
        Good = false;
  }
  void field(StringLiteral Key, double &V) {
    if (const json::Value *J = get(Key))
      if (!json::fromJSON(*J, V, P.field(Key)))
        Good = false;
  }
  template <typename T>
    requires std::is_unsigned_v<T>
  void field(StringLiteral Key, T &V) {
    const json::Value *J = get(Key);
    if (!J)
      return;
    std::optional<uint64_t> N = J->getAsUINT64();
    if (!N || *N > std::numeric_limits<T>::max())
      return fail(P.field(Key), "expected number that is not negative");
    V = static_cast<T>(*N);
  }
  template <typename T> void field(StringLiteral Key, std::vector<T> &V) {
    const json::Value *J = get(Key);
    if (!J)
      return;
    const json::Array *A = J->getAsArray();
    if (!A)
      return fail(P.field(Key), "expected array");
    for (size_t I = 0, E = A->size(); Good && I != E; ++I)
      item((*A)[I], V.emplace_back(), P.field(Key).index(I));
  }

  void ending(StringLiteral Key, Ending &V) {
    uint32_t N = 0;
    field(Key, N);
    if (N <= static_cast<uint32_t>(Ending::State))
      V = static_cast<Ending>(N);
  }
  template <typename T> void place(StringLiteral Key, T &S) {
    if (const json::Value *J = get(Key))
      item(*J, S, P.field(Key));
  }

  template <typename T> void optional(StringLiteral Key, T &V) {
    if (Good && O->get(Key))
      field(Key, V);
  }

private:
  void item(const json::Value &J, std::string &Out, json::Path At) {
    if (!json::fromJSON(J, Out, At))
      Good = false;
  }
  template <typename T> void item(const json::Value &J, T &Out, json::Path At) {
    ObjectReader R(J, At);
    if (R.Good)
      members(R, Out);
    Good = R.Good;
  }
  const json::Value *get(StringLiteral Key) {
    if (!Good)
      return nullptr;
    const json::Value *V = O->get(Key);
    if (!V)
      fail(P.field(Key), "missing value");
    return V;
  }
  void fail(json::Path At, StringLiteral Message) {
    At.report(Message);
    Good = false;
  }

  const json::Object *O;
  json::Path P;
};

} // namespace

// `T` is the struct or its const form.

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Site>
static void members(A &Ar, T &S) {
  Ar.field("file", S.File);
  Ar.field("function", S.Function);
  Ar.field("line", S.Line);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, StateResult>
static void members(A &Ar, T &S) {
  Ar.field("fingerprint", S.Fingerprint);
  Ar.id("subject_id", S.SubjectId);
  Ar.field("entered", S.Entered);
  Ar.field("confirmed", S.Confirmed);
  Ar.field("refuted", S.Refuted);
  Ar.field("dangling", S.Dangling);
  Ar.field("freed_bytes", S.FreedBytes);
  Ar.field("target_bytes", S.TargetBytes);
  Ar.field("dangling_s", S.DanglingSeconds);
  Ar.field("dangling_MBalloc", S.DanglingMBalloc);
  Ar.field("drag_MB*s", S.DragMBs);
  Ar.field("drag_MB*MBalloc", S.DragMBMBalloc);
  Ar.field("stored_at", S.StoredAt);
  Ar.field("last_used_at", S.LastUsedAt);
  Ar.field("freed_at", S.FreedAt);
  Ar.field("entered_at", S.EnteredAt);
  Ar.field("used_in_state_at", S.UsedInStateAt);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, SubjectResult>
static void members(A &Ar, T &S) {
  Ar.id("subject_id", S.SubjectId);
  Ar.field("subject", S.Subject);
  Ar.field("slots", S.Slots);
  Ar.field("stores", S.Stores);
  Ar.field("clears", S.Clears);
  Ar.field("uses", S.Uses);
  Ar.field("tests", S.Tests);
  Ar.field("releases", S.Releases);
  Ar.field("dropped", S.Dropped);
  Ar.field("lag_MB*s", S.LagMBs);
  Ar.field("use_MB*s", S.UseMBs);
  Ar.field("drag_MB*s", S.DragMBs);
  Ar.field("void_MB*s", S.VoidMBs);
  Ar.field("lag_MB*MBalloc", S.LagMBMBalloc);
  Ar.field("use_MB*MBalloc", S.UseMBMBalloc);
  Ar.field("drag_MB*MBalloc", S.DragMBMBalloc);
  Ar.field("void_MB*MBalloc", S.VoidMBMBalloc);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, CheckpointSubject>
static void members(A &Ar, T &S) {
  Ar.id("subject_id", S.SubjectId);
  Ar.field("live", S.Live);
  Ar.field("stale", S.Stale);
  Ar.field("stale_shared", S.StaleShared);
  Ar.field("dangling", S.Dangling);
  Ar.field("retained_bytes", S.RetainedBytes);
  Ar.field("retained_objects", S.RetainedObjects);
  Ar.field("shared_bytes", S.SharedBytes);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, RootResult>
static void members(A &Ar, T &R) {
  Ar.field("kind", R.Kind);
  Ar.field("name", R.Name);
  Ar.field("module", R.Module);
  Ar.field("bytes", R.Bytes);
  Ar.field("objects", R.Objects);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, AgeClass>
static void members(A &Ar, T &C) {
  Ar.field("MBalloc", C.MBalloc);
  Ar.field("bytes", C.Bytes);
  Ar.field("objects", C.Objects);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Frame>
static void members(A &Ar, T &F) {
  Ar.field("module", F.Module);
  Ar.field("offset", F.Offset);
  Ar.optional("build_id", F.BuildId);
  Ar.optional("name", F.Name);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Kept>
static void members(A &Ar, T &K) {
  Ar.id("subject_id", K.SubjectId);
  Ar.field("bytes", K.Bytes);
  Ar.field("objects", K.Objects);
  Ar.field("stack", K.Stack);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Holding>
static void members(A &Ar, T &H) {
  Ar.field("above", H.Above);
  Ar.id("subject_id", H.SubjectId);
  Ar.field("object_bytes", H.ObjectBytes);
  Ar.field("objects", H.Objects);
  Ar.field("bytes", H.Bytes);
  Ar.field("retained_bytes", H.RetainedBytes);
  Ar.field("stack", H.Stack);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Life>
static void members(A &Ar, T &L) {
  Ar.field("fingerprint", L.Fingerprint);
  Ar.id("subject_id", L.SubjectId);
  Ar.field("bytes", L.Bytes);
  Ar.field("stored_s", L.Stored.Seconds);
  Ar.field("stored_MBalloc", L.Stored.MBalloc);
  Ar.field("first_use_s", L.FirstUse.Seconds);
  Ar.field("first_use_MBalloc", L.FirstUse.MBalloc);
  Ar.field("last_use_s", L.LastUse.Seconds);
  Ar.field("last_use_MBalloc", L.LastUse.MBalloc);
  Ar.field("entered_s", L.Entered.Seconds);
  Ar.field("entered_MBalloc", L.Entered.MBalloc);
  Ar.field("freed_s", L.Freed.Seconds);
  Ar.field("freed_MBalloc", L.Freed.MBalloc);
  Ar.field("ended_s", L.Ended.Seconds);
  Ar.field("ended_MBalloc", L.Ended.MBalloc);
  Ar.ending("end", L.End);
  Ar.place("stored_at", L.StoredAt);
  Ar.place("last_used_at", L.LastUsedAt);
  Ar.place("ended_at", L.EndedAt);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Trap>
static void members(A &Ar, T &X) {
  Ar.field("fingerprint", X.Fingerprint);
  Ar.id("subject_id", X.SubjectId);
  Ar.field("kind", X.Kind);
  Ar.field("file", X.At.File);
  Ar.field("function", X.At.Function);
  Ar.field("line", X.At.Line);
  Ar.field("stack", X.Stack);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Cure>
static void members(A &Ar, T &C) {
  Ar.id("subject_id", C.SubjectId);
  Ar.field("slots", C.Slots);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Migrations>
static void members(A &Ar, T &M) {
  Ar.field("name", M.Name);
  Ar.field("begun", M.Begun);
  Ar.field("ended", M.Ended);
  Ar.field("released", M.Released);
  Ar.field("pinned", M.Pinned);
  Ar.field("dead_arrays", M.DeadArrays);
  Ar.field("dead_bytes", M.DeadBytes);
  Ar.field("moving_arrays", M.MovingArrays);
  Ar.field("moving_bytes", M.MovingBytes);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Suppressed>
static void members(A &Ar, T &S) {
  Ar.field("fingerprint", S.Fingerprint);
  Ar.field("rule", S.Rule);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Checkpoint>
static void members(A &Ar, T &C) {
  Ar.field("s", C.Seconds);
  Ar.field("MBalloc", C.MBalloc);
  Ar.field("why", C.Why);
  Ar.field("heap_bytes", C.HeapBytes);
  Ar.field("heap_objects", C.HeapObjects);
  Ar.field("reachable_bytes", C.ReachableBytes);
  Ar.field("ghost_bytes", C.GhostBytes);
  Ar.field("unreachable_bytes", C.UnreachableBytes);
  Ar.field("pause_s", C.PauseSeconds);
  Ar.field("threads", C.Threads);
  Ar.field("subjects", C.Subjects);
  Ar.optional("roots", C.Roots);
  Ar.optional("roots_shared", C.RootsShared);
  Ar.optional("ages", C.Ages);
  Ar.optional("kept", C.KeptBy);
  Ar.optional("holdings", C.Holdings);
}

template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Profile>
static void members(A &Ar, T &P) {
  Ar.field("findings_id", P.FindingsId);
  Ar.field("program", P.Program);
  Ar.field("pid", P.Pid);
  Ar.field("mode", P.Mode);
  Ar.field("s", P.Seconds);
  Ar.field("MBalloc", P.MBalloc);
  Ar.field("partial", P.Partial);
  Ar.field("notes", P.Notes);
  Ar.field("states", P.States);
  Ar.field("subjects", P.Subjects);
  Ar.field("checkpoints", P.Checkpoints);
  Ar.optional("traps", P.Traps);
  Ar.optional("cures", P.Cures);
  Ar.optional("lives", P.Lives);
  Ar.optional("migrations", P.Moves);
  Ar.optional("suppressed", P.SuppressedStates);
}

json::Value toJSON(const Profile &P) {
  ObjectWriter W;
  W.O["schema"] = Schema;
  members(W, P);
  return std::move(W.O);
}

bool isJSONProfile(StringRef Text) { return Text.ltrim().starts_with("{"); }

Expected<Profile> parseJSONProfile(StringRef Text, StringRef Name) {
  auto Failure = [&](const Twine &Why) {
    return createStringError(inconvertibleErrorCode(), Name + ": " + Why);
  };
  // The parser recurses. A profile nests six deep; brackets in strings may
  // mislead this count, but not by thousands.
  unsigned Depth = 0;
  for (char C : Text) {
    if ((C == '[' || C == '{') && ++Depth > 4096)
      return Failure("not a RetSan profile: nested too deeply");
    if ((C == ']' || C == '}') && Depth)
      --Depth;
  }
  Expected<json::Value> V = json::parse(Text);
  if (!V)
    return Failure("not a RetSan profile, or a damaged one: " +
                   toString(V.takeError()));
  const json::Object *O = V->getAsObject();
  std::optional<StringRef> Found = O ? O->getString("schema") : std::nullopt;
  if (!Found || !Found->starts_with("retsan.profile/"))
    return Failure("not a RetSan profile");
  if (*Found != Schema)
    return Failure("profile format " + *Found +
                   " is of another version of RetSan; this one reads " +
                   Schema);
  Profile P;
  json::Path::Root Root("file");
  ObjectReader R(*V, Root);
  if (R.Good)
    members(R, P);
  if (!R.Good)
    return Failure("damaged profile: " + toString(Root.getError()));
  return P;
}

} // namespace retsan::profile
