//===- Sample.h - a findings file to test with ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TEST_REPORT_SAMPLE_H
#define RETSAN_ANALYZER_TEST_REPORT_SAMPLE_H

#include "analyzer/model/Findings.h"

namespace retsan::test {

/// A finding with every member set.
inline Finding sampleFinding() {
  Finding F;
  F.Fingerprint = "0123456789abcdef";
  F.SubjectId = 0xfedcba9876543210;
  F.Check = "retsan-stale-field";
  F.Subject = "hmap.oldbuckets";
  F.Record = "hmap";
  F.Field = "oldbuckets";
  F.Object = "table";
  F.File = "src/hmap.c";
  F.Line = 88;
  F.Function = "evacuate";
  F.Level = Confidence::High;
  F.Message = "hmap.oldbuckets is kept after its life ended";
  F.Why = "hmap_get reads it only while growing is not 0";
  F.Fix = "set oldbuckets to NULL";
  F.Suspect = {F.SubjectId, F.Subject, "c:@S@hmap#12", "oldbuckets"};
  F.Decl = {"", "src/hmap.h", 12};
  F.State = {{"growing", "0"}, {"oldbuckets", "set"}};
  F.Predicate = {{0x1111111111111111, "growing", "==", 0},
                 {0x2222222222222222, "next", "nonnull", 0}};
  F.Phases = {{0x1111111111111111, "hmap.growing", "c:@S@hmap#12", "growing"}};
  F.Witness = {
      {"hmap_new", "src/hmap.c", 20, "", {}},
      {"hmap_put", "src/hmap.c", 88, "growing becomes 0", {{"growing", "0"}}}};
  F.Stores = {{"grow", "src/hmap.c", 70}};
  F.Uses = {{"hmap_get", "src/hmap.c", 50}};
  F.Tests = {{"hmap_len", "src/hmap.c", 55}};
  F.Releases = {{"hmap_free", "src/hmap.c", 120}};
  F.Clearers = {{"hmap_free", "src/hmap.c", 121}};
  F.Reasons = {"its sibling is cleared here"};
  F.Graph.Nodes = {{{{"growing", "0"}, {"oldbuckets", "null"}}, true, false},
                   {{{"growing", "1"}, {"oldbuckets", "set"}}, false, false},
                   {{{"growing", "0"}, {"oldbuckets", "set"}}, false, true}};
  F.Graph.Edges = {{0, 1, "hmap_put", "src/hmap.c", 70, "oldbuckets set here"},
                   {1, 2, "hmap_put", "src/hmap.c", 89, "growing becomes 0"},
                   {2, 2, "hmap_get", "src/hmap.c", 50, ""}};
  F.Graph.Hidden = 4;
  F.Readers = {{{"hmap_get", "src/hmap.c", 50}, "growing != 0"}};
  RuntimeResult R;
  R.V = Verdict::Confirmed;
  R.Condition = "stale";
  R.Instances = 3;
  R.RetainedBytes = 4096;
  R.SharedBytes = 10;
  R.FreedBytes = 7;
  R.DanglingSeconds = 1.5;
  R.DanglingMBalloc = 12;
  R.D = {0.25, 0.5};
  R.StoredAt = {{"grow", "src/hmap.c", 70}};
  R.Life.Bytes = 4096;
  R.Life.End = "still set when the program ended";
  R.Life.Events = {{"stored", 0.5, 1, {"grow", "src/hmap.c", 70}},
                   {"entered", 1, 2, {}},
                   {"ended", 3, 9, {}}};
  R.Phases = {{0, 0.125}, {0, 0.25}, {0.25, 0.5}, {0, 0}};
  F.Runtime = R;
  return F;
}

inline FindingsFile sampleFile() {
  FindingsFile F;
  F.Tool = "retsan 0.1.0";
  F.Root = "/nowhere/project";
  F.Findings = {sampleFinding()};
  F.Deallocators = {"xfree"};
  F.Cov.TranslationUnits = 3;
  F.Cov.Failed = {{"bad.c", "unknown type name"}};
  F.Cov.Programs = 1;
  F.Cov.Functions = 40;
  F.Cov.FunctionsCapped = 2;
  F.Cov.RecordsSolved = 5;
  F.Cov.SubjectsSolved = 9;
  F.Cov.RecordsSkipped = {{"struct big", "state limit"}};
  F.FindingsId = computeFindingsId(F);
  return F;
}

} // namespace retsan::test

#endif
