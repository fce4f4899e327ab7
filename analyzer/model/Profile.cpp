//===- Profile.cpp - what a run recorded ----------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reader of retsan/profile_format.h. A file that stops in the middle of a
// record is a program that died: what came before is kept. A record whose CRC
// is wrong, or whose content does not fit its length, is damage: an error. Each
// TOTALS replaces the tables before it.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Profile.h"

#include "retsan/profile_format.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

using namespace llvm;

namespace retsan::profile {

namespace {

/// Takes values from a payload; an overrun sets Ok to false and yields zeros.
class Reader {
public:
  explicit Reader(StringRef Bytes) : Left(Bytes) {}

  template <typename T> T number() {
    T V{};
    if (Left.size() < sizeof(T)) {
      Ok = false;
      Left = {};
      return V;
    }
    std::memcpy(&V, Left.data(), sizeof(T));
    Left = Left.drop_front(sizeof(T));
    return V;
  }
  uint32_t u32() { return number<uint32_t>(); }
  uint64_t u64() { return number<uint64_t>(); }
  double f64() { return number<double>(); }

  std::string string() {
    uint32_t N = u32();
    if (N > Left.size()) {
      Ok = false;
      Left = {};
      return {};
    }
    std::string S = Left.take_front(N).str();
    Left = Left.drop_front(N);
    return S;
  }

  std::vector<Site> sites() {
    std::vector<Site> Out;
    uint32_t N = u32();
    for (uint32_t I = 0; I != N && Ok; ++I) {
      Site S;
      S.File = string();
      S.Function = string();
      S.Line = u32();
      if (Ok)
        Out.push_back(std::move(S));
    }
    return Out;
  }

  /// All was there, and nothing is left over.
  bool complete() const { return Ok && Left.empty(); }
  bool ok() const { return Ok; }

private:
  StringRef Left;
  bool Ok = true;
};

constexpr size_t MagicSize = sizeof(RETSAN_PROFILE_MAGIC) - 1;
constexpr size_t HeadSize = 12;

struct Record {
  uint32_t Type;
  StringRef Payload;
};

} // namespace

static Error fail(StringRef Name, const Twine &What) {
  return createStringError(inconvertibleErrorCode(), Twine(Name) + ": " + What);
}

static uint32_t checksum(uint32_t Type, StringRef Payload) {
  uint8_t Head[8];
  support::endian::write32le(Head, Type);
  support::endian::write32le(Head + 4, static_cast<uint32_t>(Payload.size()));
  return crc32(crc32(Head), arrayRefFromStringRef(Payload));
}

static SubjectResult readSubject(Reader &In) {
  SubjectResult S;
  S.SubjectId = In.u64();
  S.Subject = In.string();
  for (uint64_t *N : {&S.Slots, &S.Stores, &S.Clears, &S.Uses, &S.Tests,
                      &S.Releases, &S.Dropped})
    *N = In.u64();
  for (double *D :
       {&S.LagMBs, &S.UseMBs, &S.DragMBs, &S.VoidMBs, &S.LagMBMBalloc,
        &S.UseMBMBalloc, &S.DragMBMBalloc, &S.VoidMBMBalloc})
    *D = In.f64();
  return S;
}

static StateResult readState(Reader &In) {
  StateResult S;
  S.Fingerprint = In.string();
  S.SubjectId = In.u64();
  for (uint64_t *N : {&S.Entered, &S.Confirmed, &S.Refuted, &S.Dangling,
                      &S.FreedBytes, &S.TargetBytes})
    *N = In.u64();
  for (double *D :
       {&S.DanglingSeconds, &S.DanglingMBalloc, &S.DragMBs, &S.DragMBMBalloc})
    *D = In.f64();
  for (std::vector<Site> *L :
       {&S.StoredAt, &S.LastUsedAt, &S.FreedAt, &S.EnteredAt, &S.UsedInStateAt})
    *L = In.sites();
  return S;
}

static Checkpoint readCheckpoint(Reader &In) {
  Checkpoint C;
  C.Seconds = In.f64();
  C.MBalloc = In.f64();
  C.Why = In.string();
  for (uint64_t *N : {&C.HeapBytes, &C.HeapObjects, &C.ReachableBytes,
                      &C.GhostBytes, &C.UnreachableBytes})
    *N = In.u64();
  C.PauseSeconds = In.f64();
  C.Threads = In.u32();
  uint32_t Count = In.u32();
  for (uint32_t I = 0; I != Count && In.ok(); ++I) {
    CheckpointSubject S;
    for (uint64_t *N :
         {&S.SubjectId, &S.Live, &S.Stale, &S.StaleShared, &S.Dangling,
          &S.RetainedBytes, &S.RetainedObjects, &S.SharedBytes})
      *N = In.u64();
    C.Subjects.push_back(S);
  }
  return C;
}

static void readRoots(Reader &In, Checkpoint &C) {
  C.RootsShared = In.u64();
  for (uint32_t N = In.u32(); N && In.ok(); --N) {
    RootResult R;
    R.Kind = In.u32();
    R.Name = In.string();
    R.Module = In.string();
    R.Bytes = In.u64();
    R.Objects = In.u64();
    C.Roots.push_back(std::move(R));
  }
}

static void readAges(Reader &In, Checkpoint &C) {
  for (uint32_t N = In.u32(); N && In.ok(); --N) {
    AgeClass A;
    A.MBalloc = In.f64();
    A.Bytes = In.u64();
    A.Objects = In.u64();
    C.Ages.push_back(A);
  }
}

static std::vector<Frame> readFrames(Reader &In) {
  std::vector<Frame> Out;
  for (uint32_t N = In.u32(); N && In.ok(); --N) {
    Frame F;
    std::string Module = In.string();
    auto [Name, Id] = StringRef(Module).split('\0');
    F.Module = Name.str();
    F.BuildId = Id.str();
    F.Offset = In.u64();
    Out.push_back(std::move(F));
  }
  return Out;
}

static Site readSite(Reader &In) {
  Site S;
  S.File = In.string();
  S.Function = In.string();
  S.Line = In.u32();
  return S;
}

static Life readLife(Reader &In) {
  Life L;
  L.Fingerprint = In.string();
  L.SubjectId = In.u64();
  L.Bytes = In.u64();
  for (Moment *M :
       {&L.Stored, &L.FirstUse, &L.LastUse, &L.Entered, &L.Freed, &L.Ended}) {
    M->Seconds = In.f64();
    M->MBalloc = In.f64();
  }
  uint32_t End = In.u32();
  if (End <= RETSAN_END_STATE)
    L.End = static_cast<Ending>(End);
  for (Site *S : {&L.StoredAt, &L.LastUsedAt, &L.EndedAt})
    *S = readSite(In);
  return L;
}

static void readKept(Reader &In, Checkpoint &C) {
  for (uint32_t N = In.u32(); N && In.ok(); --N) {
    Kept K;
    K.SubjectId = In.u64();
    K.Bytes = In.u64();
    K.Objects = In.u64();
    K.Stack = readFrames(In);
    C.KeptBy.push_back(std::move(K));
  }
}

static bool readHoldings(Reader &In, Checkpoint &C) {
  for (uint32_t N = In.u32(); N && In.ok(); --N) {
    Holding H;
    H.Above = In.u32();
    H.SubjectId = In.u64();
    H.ObjectBytes = In.u64();
    H.Objects = In.u64();
    H.Bytes = In.u64();
    H.RetainedBytes = In.u64();
    H.Stack = readFrames(In);
    if (H.Above > C.Holdings.size())
      return false;
    C.Holdings.push_back(std::move(H));
  }
  return true;
}

static void readMigrations(Reader &In, Profile &P) {
  for (uint32_t N = In.u32(); N && In.ok(); --N) {
    Migrations M;
    M.Name = In.string();
    for (uint64_t *V :
         {&M.Begun, &M.Ended, &M.Released, &M.Pinned, &M.DeadArrays,
          &M.DeadBytes, &M.MovingArrays, &M.MovingBytes})
      *V = In.u64();
    P.Moves.push_back(std::move(M));
  }
}

static Trap readTrap(Reader &In) {
  Trap T;
  T.Fingerprint = In.string();
  T.SubjectId = In.u64();
  T.Kind = In.u32();
  T.At = readSite(In);
  T.Stack = readFrames(In);
  return T;
}

static void readCure(Reader &In, Profile &P) {
  Cure C;
  C.SubjectId = In.u64();
  C.Slots = In.u64();
  for (Cure &Known : P.Cures)
    if (Known.SubjectId == C.SubjectId) {
      Known = C;
      return;
    }
  P.Cures.push_back(C);
}

/// Applies one record to \p P. False if its content does not fit its length.
static bool apply(const Record &Rec, Profile &P, uint32_t &Version) {
  Reader In(Rec.Payload);
  switch (Rec.Type) {
  case RETSAN_REC_START:
    Version = In.u32();
    if (Version != RETSAN_PROFILE_VERSION)
      return true;
    P.Mode = In.u32();
    P.Pid = In.u64();
    P.FindingsId = In.string();
    P.Program = In.string();
    break;
  case RETSAN_REC_NOTE:
    P.Notes.push_back(In.string());
    break;
  case RETSAN_REC_CHECKPOINT:
    P.Checkpoints.push_back(readCheckpoint(In));
    P.Seconds = P.Checkpoints.back().Seconds;
    P.MBalloc = P.Checkpoints.back().MBalloc;
    break;
  case RETSAN_REC_TOTALS:
    P.States.clear();
    P.Subjects.clear();
    P.SuppressedStates.clear();
    P.Lives.clear();
    P.Moves.clear();
    P.Seconds = In.f64();
    P.MBalloc = In.f64();
    break;
  case RETSAN_REC_SUBJECT:
    P.Subjects.push_back(readSubject(In));
    break;
  case RETSAN_REC_STATE:
    P.States.push_back(readState(In));
    break;
  case RETSAN_REC_FOOTER:
    In.u64();
    P.Partial = false;
    break;
  case RETSAN_REC_TRAP:
    P.Traps.push_back(readTrap(In));
    break;
  case RETSAN_REC_CURED:
    readCure(In, P);
    break;
  case RETSAN_REC_SUPPRESSED: {
    Suppressed S;
    S.Fingerprint = In.string();
    S.Rule = In.string();
    P.SuppressedStates.push_back(std::move(S));
    break;
  }
  case RETSAN_REC_LIFE:
    P.Lives.push_back(readLife(In));
    break;
  case RETSAN_REC_MIGRATIONS:
    readMigrations(In, P);
    break;
  case RETSAN_REC_ROOTS:
  case RETSAN_REC_IDLE:
  case RETSAN_REC_KEPT:
  case RETSAN_REC_DOMINATORS:
    if (P.Checkpoints.empty())
      return false;
    if (Rec.Type == RETSAN_REC_DOMINATORS)
      return readHoldings(In, P.Checkpoints.back()) && In.complete();
    if (Rec.Type == RETSAN_REC_ROOTS)
      readRoots(In, P.Checkpoints.back());
    else if (Rec.Type == RETSAN_REC_KEPT)
      readKept(In, P.Checkpoints.back());
    else
      readAges(In, P.Checkpoints.back());
    break;
  default:
    return true; // of a later version, which adds to this one
  }
  return In.complete();
}

Expected<Profile> parseProfile(StringRef Buffer, StringRef Name) {
  if (!Buffer.starts_with(RETSAN_PROFILE_MAGIC))
    return fail(Name, "is not a RetSan profile");
  Profile P;
  P.Partial = true;
  uint32_t Version = 0;
  size_t At = MagicSize;
  while (Buffer.size() - At >= HeadSize) {
    const char *Head = Buffer.data() + At;
    Record Rec;
    Rec.Type = support::endian::read32le(Head);
    uint32_t Length = support::endian::read32le(Head + 4);
    uint32_t Crc = support::endian::read32le(Head + 8);
    if (Length > Buffer.size() - At - HeadSize)
      break; // the program died while it wrote
    Rec.Payload = Buffer.substr(At + HeadSize, Length);
    if (checksum(Rec.Type, Rec.Payload) != Crc)
      return fail(Name,
                  "is damaged: checksum of the record at byte " + Twine(At));
    if (Version == 0 && Rec.Type != RETSAN_REC_START)
      return fail(Name, "is damaged: it does not begin with a start record");
    P.Partial = true; // unless this record is the footer
    bool Fits = apply(Rec, P, Version);
    if (Version != RETSAN_PROFILE_VERSION)
      return fail(Name, "has profile version " + Twine(Version) +
                            "; this RetSan reads " +
                            Twine(RETSAN_PROFILE_VERSION));
    if (!Fits)
      return fail(Name,
                  "is damaged: content of the record at byte " + Twine(At));
    At += HeadSize + Length;
  }
  if (At != Buffer.size())
    P.Partial = true;
  if (Version == 0)
    return fail(Name, "is empty: the program ended before its profile began");
  return P;
}

//===----------------------------------------------------------------------===//
// Merging
//===----------------------------------------------------------------------===//

/// Keeps at most as many distinct places as the runtime does.
static void mergeSites(std::vector<Site> &Into, const std::vector<Site> &From) {
  for (const Site &S : From) {
    bool Known = llvm::any_of(Into, [&](const Site &T) {
      return T.File == S.File && T.Line == S.Line && T.Function == S.Function;
    });
    if (!Known && Into.size() < 4)
      Into.push_back(S);
  }
}

static void mergeState(StateResult &Into, const StateResult &From) {
  Into.Entered += From.Entered;
  Into.Confirmed += From.Confirmed;
  Into.Refuted += From.Refuted;
  Into.Dangling += From.Dangling;
  Into.FreedBytes += From.FreedBytes;
  Into.TargetBytes += From.TargetBytes;
  Into.DanglingSeconds = std::max(Into.DanglingSeconds, From.DanglingSeconds);
  Into.DanglingMBalloc = std::max(Into.DanglingMBalloc, From.DanglingMBalloc);
  Into.DragMBs += From.DragMBs;
  Into.DragMBMBalloc += From.DragMBMBalloc;
  mergeSites(Into.StoredAt, From.StoredAt);
  mergeSites(Into.LastUsedAt, From.LastUsedAt);
  mergeSites(Into.FreedAt, From.FreedAt);
  mergeSites(Into.EnteredAt, From.EnteredAt);
  mergeSites(Into.UsedInStateAt, From.UsedInStateAt);
}

static void mergeSubject(SubjectResult &Into, const SubjectResult &From) {
  Into.Slots += From.Slots;
  Into.Stores += From.Stores;
  Into.Clears += From.Clears;
  Into.Uses += From.Uses;
  Into.Tests += From.Tests;
  Into.Releases += From.Releases;
  Into.Dropped += From.Dropped;
  Into.LagMBs += From.LagMBs;
  Into.UseMBs += From.UseMBs;
  Into.DragMBs += From.DragMBs;
  Into.VoidMBs += From.VoidMBs;
  Into.LagMBMBalloc += From.LagMBMBalloc;
  Into.UseMBMBalloc += From.UseMBMBalloc;
  Into.DragMBMBalloc += From.DragMBMBalloc;
  Into.VoidMBMBalloc += From.VoidMBMBalloc;
}

/// The worst checkpoint is the one that the most ghost-retained bytes were
/// found in.
static bool isWorse(const Checkpoint &A, const Checkpoint &B) {
  if (A.GhostBytes != B.GhostBytes)
    return A.GhostBytes > B.GhostBytes;
  return A.HeapBytes > B.HeapBytes;
}

/// Clocks of two runs do not compare, but what a life cost on each does.
static double costOf(const Life &L) {
  return L.Bytes * (L.Ended.MBalloc - L.Entered.MBalloc);
}

static void mergeLives(std::vector<Life> &Into, const std::vector<Life> &From) {
  for (const Life &L : From) {
    auto Known = find_if(Into, [&](const Life &K) {
      return K.Fingerprint == L.Fingerprint && K.SubjectId == L.SubjectId;
    });
    if (Known == Into.end())
      Into.push_back(L);
    else if (costOf(L) > costOf(*Known))
      *Known = L;
  }
}

static void mergeMigrations(std::vector<Migrations> &Into,
                            const std::vector<Migrations> &From) {
  for (const Migrations &M : From) {
    auto Known =
        find_if(Into, [&](const Migrations &K) { return K.Name == M.Name; });
    if (Known == Into.end()) {
      Into.push_back(M);
      continue;
    }
    for (uint64_t Migrations::*N :
         {&Migrations::Begun, &Migrations::Ended, &Migrations::Released,
          &Migrations::Pinned, &Migrations::DeadArrays, &Migrations::DeadBytes,
          &Migrations::MovingArrays, &Migrations::MovingBytes})
      (*Known).*N += M.*N;
  }
}

Expected<Profile> merge(const std::vector<Profile> &Ps) {
  if (Ps.empty())
    return createStringError(inconvertibleErrorCode(), "no profile to merge");
  Profile Out = Ps.front();
  StringMap<size_t> States;
  // Ids come from files: a DenseMap keeps two values for itself.
  std::unordered_map<uint64_t, size_t> Subjects;
  auto Key = [](const StateResult &S) {
    return formatv("{0}/{1:x}", S.Fingerprint, S.SubjectId).str();
  };
  for (const auto &[I, S] : enumerate(Out.States))
    States[Key(S)] = I;
  for (const auto &[I, S] : enumerate(Out.Subjects))
    Subjects[S.SubjectId] = I;
  for (const Profile &P : ArrayRef(Ps).drop_front()) {
    if (!P.FindingsId.empty() && !Out.FindingsId.empty() &&
        P.FindingsId != Out.FindingsId)
      return createStringError(
          inconvertibleErrorCode(),
          "profiles belong to different findings: " + Out.FindingsId + " (" +
              Out.Program + ") and " + P.FindingsId + " (" + P.Program + ")");
    if (Out.FindingsId.empty())
      Out.FindingsId = P.FindingsId;
    Out.Seconds = std::max(Out.Seconds, P.Seconds);
    Out.MBalloc += P.MBalloc;
    Out.Partial |= P.Partial;
    for (const std::string &N : P.Notes)
      if (!is_contained(Out.Notes, N))
        Out.Notes.push_back(N);
    for (const StateResult &S : P.States) {
      auto [It, New] = States.try_emplace(Key(S), Out.States.size());
      if (New)
        Out.States.push_back(S);
      else
        mergeState(Out.States[It->second], S);
    }
    for (const SubjectResult &S : P.Subjects) {
      auto [It, New] = Subjects.try_emplace(S.SubjectId, Out.Subjects.size());
      if (New)
        Out.Subjects.push_back(S);
      else
        mergeSubject(Out.Subjects[It->second], S);
    }
    for (const Checkpoint &C : P.Checkpoints)
      Out.Checkpoints.push_back(C);
    mergeLives(Out.Lives, P.Lives);
    mergeMigrations(Out.Moves, P.Moves);
    Out.Traps.insert(Out.Traps.end(), P.Traps.begin(), P.Traps.end());
    for (const Cure &C : P.Cures) {
      auto Known = find_if(
          Out.Cures, [&](const Cure &K) { return K.SubjectId == C.SubjectId; });
      if (Known == Out.Cures.end())
        Out.Cures.push_back(C);
      else
        Known->Slots += C.Slots;
    }
    for (const Suppressed &S : P.SuppressedStates)
      if (none_of(Out.SuppressedStates, [&](const Suppressed &K) {
            return K.Fingerprint == S.Fingerprint;
          }))
        Out.SuppressedStates.push_back(S);
  }
  if (Ps.size() > 1 && Out.Checkpoints.size() > 1) {
    auto Worst = std::min_element(Out.Checkpoints.begin(),
                                  Out.Checkpoints.end(), isWorse);
    Out.Checkpoints = {*Worst};
  }
  return Out;
}

} // namespace retsan::profile
