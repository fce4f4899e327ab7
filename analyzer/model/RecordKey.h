//===- RecordKey.h - identity of records and subjects ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A finding, an annotation in instrumented code and a line of a profile must
// mean the same field. They all carry the 64-bit `subject_id` made here, from
// strings that the extractor and the clang plugin both build from the AST.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_MODEL_RECORDKEY_H
#define RETSAN_ANALYZER_MODEL_RECORDKEY_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace retsan {

/// The key of a record: its USR; then, for a C record, '#' and its layout hash
/// in hex, since two programs may each have a `struct node`; then, for a record
/// of internal linkage (C++ anonymous namespace), '@' and the file's name.
std::string recordKey(llvm::StringRef Usr, bool IsC, uint64_t LayoutHash,
                      llvm::StringRef InternalFile);

/// Identity of a field: xxh3 of "key\0path". \p Path is dotted, without
/// indices: "oldbuckets", "pr.vbuf" (through an anonymous member).
uint64_t subjectId(llvm::StringRef RecordKey, llvm::StringRef Path);

/// Identity of a global variable: xxh3 of "\0global\0usr" (USRs of internal
/// globals name their file already; the "@folder/file" that facts append to
/// keep such USRs apart when linking is not part of the identity).
uint64_t globalSubjectId(llvm::StringRef Usr);

} // namespace retsan

#endif
