//===- Profile.h - what a run recorded ------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reader of the runtime's profile files (retsan/profile_format.h is their
// layout on disk). A profile without its footer comes from a program that
// crashed or left by _exit: what is in it is read, and Partial says so.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_MODEL_PROFILE_H
#define RETSAN_ANALYZER_MODEL_PROFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace retsan::profile {

/// A place of the program, as its instrumentation recorded it.
struct Site {
  std::string File;
  std::string Function;
  uint32_t Line = 0;
};

/// What one finding's state met in the run, summed over all instances.
struct StateResult {
  std::string Fingerprint;
  uint64_t SubjectId = 0;
  uint64_t Entered =
      0; ///< Times a slot was non-null when the state was entered.
  uint64_t Confirmed = 0;  ///< Instances stale or dangling, never used before
                           ///< overwrite, free or end.
  uint64_t Refuted = 0;    ///< Instances used in the state.
  uint64_t Dangling = 0;   ///< Confirmed instances whose target was freed.
  uint64_t FreedBytes = 0; ///< Sizes of those targets.
  uint64_t TargetBytes =
      0; ///< Sizes of the targets of confirmed stale instances.
  double DanglingSeconds = 0, DanglingMBalloc = 0; ///< Longest instance.
  double DragMBs = 0, DragMBMBalloc = 0; ///< Summed, while in the state.
  std::vector<Site> StoredAt, LastUsedAt, FreedAt, EnteredAt, UsedInStateAt;
};

/// What one subject held, summed over all instances.
struct SubjectResult {
  uint64_t SubjectId = 0;
  std::string Subject;
  uint64_t Slots = 0; ///< Instances seen.
  uint64_t Stores = 0, Clears = 0, Uses = 0, Tests = 0, Releases = 0;
  uint64_t Dropped =
      0; ///< Instances not tracked (owner on a stack, table full).
  double LagMBs = 0, UseMBs = 0, DragMBs = 0, VoidMBs = 0;
  double LagMBMBalloc = 0, UseMBMBalloc = 0, DragMBMBalloc = 0,
         VoidMBMBalloc = 0;
};

/// What the mark found for one subject at one checkpoint.
struct CheckpointSubject {
  uint64_t SubjectId = 0;
  uint64_t Live = 0, Stale = 0, StaleShared = 0,
           Dangling = 0;      ///< Slots by condition.
  uint64_t RetainedBytes = 0; ///< Ghost-retained through this subject alone.
  uint64_t RetainedObjects = 0;
  uint64_t SharedBytes = 0; ///< Ghost-retained through this and other subjects.
};

/// What one root alone retains (mode `heap`).
struct RootResult {
  uint32_t Kind = 0; ///< RETSAN_ROOT_*: a global, a module, a thread.
  std::string Name;
  std::string Module; ///< The file that has the global.
  uint64_t Bytes = 0, Objects = 0;
};

/// Heap memory by time since its last use (modes `stamp` and `all`).
struct AgeClass {
  double MBalloc = 0; ///< At least so long ago; negative: never used.
  uint64_t Bytes = 0, Objects = 0;
};

/// A return address as a place in a file.
struct Frame {
  std::string Module;
  uint64_t Offset = 0;
  std::string Name; ///< "useOld (hmap.c:12)", once it is looked up.
  /// Of what was loaded then, hex; empty: it had none.
  std::string BuildId = {};
};

/// A use of a slot in its dead state, caught in the act.
struct Trap {
  std::string Fingerprint;
  uint64_t SubjectId = 0;
  uint32_t Kind = 0; ///< RETSAN_TRAP_*.
  Site At;
  std::vector<Frame> Stack;
};

/// Slots that were cleared to see whether anybody misses the value.
struct Cure {
  uint64_t SubjectId = 0;
  uint64_t Slots = 0;
};

/// On both clocks; negative: it never came.
struct Moment {
  double Seconds = -1, MBalloc = -1;
};

/// How a stay in a state ended: RETSAN_END_*.
enum class Ending : uint32_t { None, Stored, Owner, Program, State };

/// The life of one value: of the instance in its state that cost most.
struct Life {
  std::string Fingerprint;
  uint64_t SubjectId = 0;
  uint64_t Bytes = 0;
  Moment Stored, FirstUse, LastUse, Entered, Freed, Ended;
  Ending End = Ending::None;
  Site StoredAt, LastUsedAt, EndedAt; ///< Line 0: not known.
};

/// Ghost-retained memory by the stack that allocated it.
struct Kept {
  uint64_t SubjectId = 0; ///< 0: several share it.
  uint64_t Bytes = 0, Objects = 0;
  std::vector<Frame> Stack; ///< Innermost first.
};

/// Ghost-retained objects of one kind, by what alone holds them: a row of the
/// dominator tree. Of one kind is what one stack allocated, else what is of one
/// size.
struct Holding {
  uint32_t Above = 0;     ///< Index plus 1 of what holds them; 0: stale fields.
  uint64_t SubjectId = 0; ///< 0: several share them.
  uint64_t ObjectBytes = 0; ///< Of each; 0: they differ.
  uint64_t Objects = 0, Bytes = 0;
  uint64_t RetainedBytes = 0; ///< With all that only they lead to.
  std::vector<Frame> Stack;   ///< Innermost first.
};

/// What containers of one name said of their migrations (retsan/observer.h).
struct Migrations {
  std::string Name;
  uint64_t Begun = 0, Ended = 0, Released = 0, Pinned = 0;
  /// Old arrays that are there although their migration has ended.
  uint64_t DeadArrays = 0, DeadBytes = 0;
  uint64_t MovingArrays = 0, MovingBytes = 0; ///< Of migrations under way.
};

struct Suppressed {
  std::string Fingerprint, Rule;
};

struct Checkpoint {
  double Seconds = 0; ///< Since start.
  double MBalloc = 0;
  std::string Why; ///< "exit", "api", "timer", "signal".
  uint64_t HeapBytes = 0, HeapObjects = 0;
  uint64_t ReachableBytes = 0; ///< By phase 1.
  uint64_t GhostBytes = 0;     ///< By phase 2 only.
  uint64_t UnreachableBytes = 0;
  double PauseSeconds = 0;
  unsigned Threads = 0;
  std::vector<CheckpointSubject> Subjects;
  std::vector<RootResult> Roots;
  uint64_t RootsShared = 0; ///< Bytes that several roots reach.
  std::vector<AgeClass> Ages;
  std::vector<Kept> KeptBy;
  std::vector<Holding> Holdings; ///< Each after what holds it.
};

struct Profile {
  std::string FindingsId;
  std::string Program; ///< argv[0].
  uint64_t Pid = 0;
  uint32_t Mode = 0;
  double Seconds = 0, MBalloc = 0; ///< At the end, both clocks.
  bool Partial = false;
  std::vector<std::string> Notes; ///< What the runtime could not do.
  std::vector<StateResult> States;
  std::vector<SubjectResult> Subjects;
  std::vector<Checkpoint> Checkpoints;
  std::vector<Trap> Traps;
  std::vector<Cure> Cures;
  std::vector<Life> Lives;
  std::vector<Migrations> Moves; ///< At the end, or the last checkpoint.
  std::vector<Suppressed> SuppressedStates;
};

/// Reads and checks a profile. \p Name is used in messages.
llvm::Expected<Profile> parseProfile(llvm::StringRef Buffer,
                                     llvm::StringRef Name);

/// Sums profiles of several runs or processes: counts and drag add up, the
/// worst checkpoint is kept. Fails if their findings ids differ.
llvm::Expected<Profile> merge(const std::vector<Profile> &Ps);

} // namespace retsan::profile

#endif
