/*===- profile_format.h - layout of a profile on disk -----------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * A profile is the 8 bytes of RETSAN_PROFILE_MAGIC and then records, appended
 *as the run goes on. A record is {u32 type, u32 length, u32 crc} and `length`
 *bytes; the CRC-32 (IEEE) covers type, length and payload. All integers and
 *doubles are little endian and unaligned; a string is {u32 length, bytes}; a
 *list of sites is {u32 count, sites}; a site is {string file, string function,
 *u32 line}.
 *===------------------------------------------------------------------------===*/

#ifndef RETSAN_PROFILE_FORMAT_H
#define RETSAN_PROFILE_FORMAT_H

/* clang-format off
 * The tables (subjects and states) are written as snapshots: at each checkpoint
 * and at the end. TOTALS begins a snapshot and replaces the one before it. A
 * file that does not end with FOOTER comes from a program that did not reach
 * exit: it is read, and is partial.
 *
 *   START    u32 version, u32 mode, u64 pid, string findings_id, string program
 *   NOTE     string
 *   CHECKPOINT  f64 seconds, f64 mballoc, string why, u64 heap_bytes,
 *            u64 heap_objects, u64 reachable, u64 ghost, u64 unreachable,
 *            f64 pause_seconds, u32 threads, u32 count, then for each subject
 *            {u64 id, u64 live, u64 stale, u64 stale_shared, u64 dangling,
 *             u64 retained_bytes, u64 retained_objects, u64 shared_bytes}
 *   TOTALS   f64 seconds, f64 mballoc
 *   SUBJECT  u64 id, string name, u64 slots, stores, clears, uses, tests,
 *            releases, dropped, f64 lag, use, drag, void (MB*s), f64 the same
 *            (MB*MBalloc)
 *   STATE    string fingerprint, u64 subject_id, u64 entered, confirmed,
 *            refuted, dangling, freed_bytes, target_bytes,
 *            f64 dangling_seconds, dangling_mballoc, drag_mbs, drag_mbmballoc,
 *            sites stored_at, last_used_at, freed_at, entered_at,
 *            used_in_state_at
 *   FOOTER   u64 number of records before it
 *   TRAP     string fingerprint, u64 subject_id, u32 kind (1: use of a slot in
 *            its dead state, 2: use of a poisoned pointer), site, u32 count,
 *            then for each frame {string module, u64 offset}; module is the
 *            file's name and, if it has one, a byte of zero and the build id of
 *            what was loaded then, in hexadecimal digits
 *   CURED    u64 subject_id, u64 slots cleared; the last one of a subject counts
 *   SUPPRESSED  string fingerprint, string rule; part of the tables
 *   ROOTS    belongs to the checkpoint before it: u64 bytes that several of
 *            these reach, u32 count, then for each root {u32 kind (1: global,
 *            2: module, 3: thread), string name, string module, u64 bytes,
 *            u64 objects: what it alone retains}
 *   LIFE     string fingerprint, u64 subject_id, u64 bytes of the target, six
 *            moments {f64 seconds, f64 mballoc}: stored, first used, last used,
 *            state entered, target freed, ended (negative: never), u32 how it
 *            ended (RETSAN_END_*), the sites where it was stored, last used and
 *            ended; of the instance that cost most; part of the tables
 *   KEPT     belongs to the checkpoint before it: u32 count, then for each row
 *            {u64 subject_id (0: several share it), u64 bytes, u64 objects,
 *            u32 count, frames as in TRAP, the innermost first}: what is
 *            ghost-retained, by the stack that allocated it
 *   IDLE     belongs to the checkpoint before it: u32 count, then for each age
 *            {f64 mballoc since the last use (negative: never used), u64 bytes,
 *            u64 objects}, youngest first
 *   MIGRATIONS  u32 count, then for each name of containers {string name,
 *            u64 migrations begun, ended, u64 old arrays given back, u64
 *            iterators that pinned one, u64 old arrays that are still there
 *            although their migration ended, bytes of these, u64 old arrays of
 *            migrations under way, bytes of these}; part of the tables
 *
 *   DOMINATORS  belongs to the checkpoint before it: u32 count, then for each row
 *            {u32 row that alone holds it (from 1, before this one; 0: stale
 *            fields), u64 subject_id (0: several), u64 bytes of each object (0:
 *            they differ), u64 objects, u64 bytes, u64 retained_bytes: with all
 *            that only these lead to, u32 count, frames as in TRAP}: what is
 *            ghost-retained, by which objects hold it; those that one stack
 *            allocated under one row, or without stacks those of one size
 *
 * A reader skips a record of a type that it does not know. MB is 1,000,000
 * bytes.
 * clang-format on */

#define RETSAN_PROFILE_MAGIC "RETSANP1"
#define RETSAN_PROFILE_VERSION 1u

enum {
  RETSAN_REC_START = 1,
  RETSAN_REC_NOTE = 2,
  RETSAN_REC_CHECKPOINT = 3,
  RETSAN_REC_TOTALS = 4,
  RETSAN_REC_SUBJECT = 5,
  RETSAN_REC_STATE = 6,
  RETSAN_REC_FOOTER = 7,
  RETSAN_REC_TRAP = 8,
  RETSAN_REC_CURED = 9,
  RETSAN_REC_SUPPRESSED = 10,
  RETSAN_REC_ROOTS = 11,
  RETSAN_REC_IDLE = 12,
  RETSAN_REC_LIFE = 13,
  RETSAN_REC_KEPT = 14,
  RETSAN_REC_MIGRATIONS = 15,
  RETSAN_REC_DOMINATORS = 16
};

/* How the stay of a slot in a state ended: another value was stored, its owner
 * was freed, the program ended, or the state was left with the value kept. */
enum {
  RETSAN_END_STORED = 1,
  RETSAN_END_OWNER = 2,
  RETSAN_END_PROGRAM = 3,
  RETSAN_END_STATE = 4
};

enum { RETSAN_TRAP_USE = 1, RETSAN_TRAP_POISON = 2 };
enum { RETSAN_ROOT_GLOBAL = 1, RETSAN_ROOT_MODULE = 2, RETSAN_ROOT_THREAD = 3 };

#endif
