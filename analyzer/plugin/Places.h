//===- Places.h - accesses that annotations do not show -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A whole record is assigned, copied by memcpy or wiped by memset: in the IR
// that is one intrinsic without a type. A bit field cannot be annotated at all.
// Such places are told to the pass by file, line and column, which the
// instruction's debug location repeats.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_PLUGIN_PLACES_H
#define RETSAN_ANALYZER_PLUGIN_PLACES_H

#include "analyzer/plugin/Tagger.h"
#include "llvm/Support/JSON.h"

namespace retsan::plugin {

struct Places {
  /// {"file", "line", "col", "kind": "copy"|"wipe"|"bits"|"delete", "size",
  ///  "parts": [[offset, subject_id, variant], ...]}: a part is an instrumented
  /// record held at that offset, named by one of its fields.
  llvm::json::Array At;
  /// {"function", "fields": [[offset, subject_id, variant], ...]}: copy and
  /// move operations that the compiler writes. Members that are next to each
  /// other are copied there by one memcpy, without any access of a field.
  llvm::json::Array Memberwise;
  /// {"function", "size", "parts"}: an instance of a library's template that is
  /// about a record which is copied as memory (a vector that grows, std::swap).
  /// Instances share their places, so their names tell.
  llvm::json::Array Instances;
};

/// All such places of the unit, in the form in which the pass reads them.
Places findPlaces(clang::ASTContext &Ctx, llvm::ArrayRef<TaggedField> Fields);

} // namespace retsan::plugin

#endif
