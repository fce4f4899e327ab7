//===- Findings.h - what the solver concludes -----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The findings of a scan, and the file `retsan.findings/1` that holds them. The
// same file is the list of suspects: it says which fields the passes
// instrument, which phase variables they watch, and in which state a field is
// stale.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_MODEL_FINDINGS_H
#define RETSAN_ANALYZER_MODEL_FINDINGS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace retsan {

/// How likely a finding is to be right. `High` promises at most one wrong in
/// ten.
enum class Confidence : uint8_t { Low, Medium, High };

/// Outcome of a finding after a run.
enum class Verdict : uint8_t { None, Confirmed, Refuted, NotExercised };

/// A place in the source together with the function that holds it.
struct PlaceRef {
  std::string Function; ///< Qualified name.
  std::string File;     ///< Relative to the scan's root.
  uint32_t Line = 0;
};

/// One call of a witness: the sequence of calls that leads into the bad state.
struct WitnessStep {
  std::string Call; ///< Function called.
  std::string File;
  uint32_t Line =
      0; ///< Of the event that matters in this call, else of the function.
  std::string
      Note; ///< "oldbuckets set here", "growing becomes 0": may be empty.
  std::vector<std::pair<std::string, std::string>> State; ///< After the call.
};

/// One condition on a phase variable; a finding's state is their conjunction.
struct Atom {
  uint64_t SubjectId = 0; ///< Of the phase variable.
  std::string Name;       ///< Field path or variable: "growing".
  std::string Op;    ///< "==", "!=", "<", "<=", ">", ">=", "null", "nonnull".
  int64_t Value = 0; ///< Not used by null and nonnull.
};

/// What the runtime must know of a phase variable or a suspect to instrument
/// it.
struct SubjectRef {
  uint64_t SubjectId = 0;
  std::string Subject;   ///< "hmap.oldbuckets", "old_hashtable".
  std::string RecordKey; ///< Empty for a global.
  std::string Path;      ///< Field path in the record, or the global's USR.
};

/// A life in bytes: two clocks (see DESIGN: wall seconds, megabytes allocated).
struct Drag {
  double MBs = 0;
  double MBMBalloc = 0;
};

/// A use of a slot in its dead state, caught in the act by the tripwire.
struct CaughtUse {
  bool Poison = false;            ///< By code that is not instrumented.
  PlaceRef At;                    ///< Line 0 then.
  std::vector<std::string> Stack; ///< Innermost first: "useOld (hmap.c:12)".
};

/// A moment in the life of a value, on both clocks.
struct LifeEvent {
  std::string What; ///< stored, first used, last used, entered, freed, ended.
  double Seconds = 0, MBalloc = 0; ///< Since the program's start.
  PlaceRef At;                     ///< Line 0: not known.
};

/// The life of one value of a field: of the instance that cost most.
struct LifeStory {
  uint64_t Bytes = 0;            ///< Of what it points to.
  std::string End;               ///< How it ended, in words.
  std::vector<LifeEvent> Events; ///< In the order of time; empty: not known.
};

/// What all values of a field cost by phase of their lives.
struct LifePhases {
  retsan::Drag Lag, Use, Drag, Void;
};

/// What a run said of a finding (or, in mode `all`, of a subject).
struct RuntimeResult {
  Verdict V = Verdict::None;
  std::string
      Condition; ///< live, stale, stale-shared, dangling; the worst seen.
  uint64_t Instances = 0;        ///< That were in the state and never used.
  uint64_t RefutedInstances = 0; ///< That were used in the state.
  uint64_t RetainedBytes =
      0; ///< Reached through stale slots of this subject alone.
  uint64_t SharedBytes =
      0;                   ///< Reached through stale slots of several subjects.
  uint64_t FreedBytes = 0; ///< Size of the freed targets of dangling slots.
  double DanglingSeconds = 0, DanglingMBalloc = 0;
  Drag D;
  bool Partial = false; ///< The profile has no footer.
  std::vector<PlaceRef> StoredAt, LastUsedAt, FreedAt, EnteredAt, UsedInStateAt;
  std::vector<CaughtUse> Caught;
  uint64_t CuredSlots = 0; ///< Cleared as they became stale (cure=).
  LifeStory Life;
  std::optional<LifePhases> Phases;
};

/// One abstract state of the record between two calls.
struct StateNode {
  std::vector<std::pair<std::string, std::string>> State;
  bool Start = false; ///< The object's life starts here.
  bool Bad = false;   ///< The finding's state holds here.
};

/// What one call makes of a state; \c From and \c To are indices of nodes.
struct StateEdge {
  uint32_t From = 0, To = 0;
  std::string Call;
  std::string File;
  uint32_t Line = 0;
  std::string Note; ///< As in WitnessStep; may be empty.
};

/// The states that the solver reached around a finding. Empty if it kept none;
/// readers then make do with the witness.
struct StateGraph {
  std::vector<StateNode> Nodes;
  std::vector<StateEdge> Edges;
  uint32_t Hidden = 0; ///< States that were reached and are left out here.
};

/// A place that would use the field, and what must hold for it to be reached.
struct Reader {
  PlaceRef At;
  std::string Needs; ///< "growing != 0"; empty if not known.
};

struct Finding {
  std::string Fingerprint;
  uint64_t SubjectId = 0;
  std::string Check;   ///< "retsan-stale-field"; a name of Checks.def.
  std::string Subject; ///< "hmap.oldbuckets".
  std::string Record;  ///< "hmap"; empty for a global.
  std::string Field;   ///< "oldbuckets".
  std::string
      Object; ///< The global variable that holds the record, if it is one.
  std::string File; ///< Relative to the root.
  uint32_t Line = 0;
  std::string Function; ///< Of the guilty place.
  Confidence Level = Confidence::Medium;
  std::string Message; ///< One sentence.
  std::string
      Why; ///< Why the field is dead in that state: readers and their guards.
  std::string Fix; ///< What to write where, in words.
  SubjectRef Suspect;
  PlaceRef Decl; ///< Declaration of the field or variable.
  std::vector<std::pair<std::string, std::string>> State;
  std::vector<Atom> Predicate;
  std::vector<SubjectRef> Phases; ///< One for each variable named in Predicate.
  std::vector<WitnessStep> Witness;
  std::vector<PlaceRef> Stores, Uses, Tests, Releases, Clearers;
  std::vector<std::string> Reasons; ///< What raised or lowered the confidence.
  std::string Suppressed;           ///< Why it is not reported, or empty.
  bool InBaseline = false; ///< Known before: shown apart and never a failure.
  bool OutsideChange = false; ///< Touches no line of the change looked at.
  std::string Budget;      ///< What a policy's budget says of a run, or empty.
  bool OverBudget = false; ///< A failure, also if it was known before.
  StateGraph Graph;
  std::vector<Reader> Readers;
  std::optional<RuntimeResult> Runtime;
};

/// Something the scan could not do, counted and named.
struct Skipped {
  std::string What; ///< File, record or function.
  std::string Why;
};

struct Coverage {
  unsigned TranslationUnits = 0;
  std::vector<Skipped>
      Failed; ///< Units that did not compile or could not be read.
  unsigned Programs = 0;
  unsigned Functions = 0;
  unsigned FunctionsCapped = 0;
  unsigned RecordsSolved = 0;
  unsigned SubjectsSolved = 0;
  std::vector<Skipped> RecordsSkipped;
};

struct FindingsFile {
  std::string
      FindingsId;   ///< Hash of the findings' content; profiles carry it too.
  std::string Tool; ///< "retsan 0.1.0".
  std::string Root; ///< Absolute; `File`s are relative to it.
  std::vector<Finding> Findings;
  Coverage Cov;
  std::vector<std::string>
      Deallocators; ///< Functions that free their first argument.
};

/// "high" and so on, and back.
llvm::StringRef toString(Confidence C);
llvm::StringRef toString(Verdict V);
std::optional<Confidence> parseConfidence(llvm::StringRef S);

/// `retsan.findings/1` as DESIGN section 7 and docs/formats.md have it.
llvm::json::Value toJSON(const FindingsFile &F);

/// The same, indented, one finding after the other: a tree of thousands takes
/// gigabytes.
void writeJSON(const FindingsFile &F, llvm::raw_ostream &OS);

/// Reads and checks a findings file; unknown keys are ignored, another schema,
/// a missing key or a wrong type is one clear error. \p Name is used in
/// messages.
llvm::Expected<FindingsFile> parseFindings(llvm::StringRef Text,
                                           llvm::StringRef Name);

/// Hash over check, subject and fingerprint of all findings, 16 hex digits.
std::string computeFindingsId(const FindingsFile &F);

} // namespace retsan

#endif
