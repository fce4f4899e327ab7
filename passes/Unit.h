//===- Unit.h - what a translation unit wants instrumented ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The clang plugin leaves all that the passes need in the IR itself: tags at
// the accesses of fields, tags on globals, and one annotated variable with the
// JSON that is read here. A module without it is left alone.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_UNIT_H
#define RETSAN_PASSES_UNIT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace retsan::passes {

constexpr llvm::StringLiteral TagPrefix = "retsan:1:";

/// A tag of a field or global: retsan:1:<subject_id>:<role>[:<variant>].
/// Instances of one template share a subject but not a layout; the variant
/// tells them apart.
struct Tag {
  uint64_t Id = 0;
  unsigned Variant = 0;
};

/// Nothing if \p Text is no tag of ours.
std::optional<Tag> parseTag(llvm::StringRef Text);

/// An instrumented field or global: the source of its descriptor.
struct FieldInfo {
  uint64_t Id = 0;
  unsigned Variant = 0;
  std::string Subject;
  std::string GlobalName;
  llvm::GlobalVariable *Global = nullptr;
  uint32_t Offset = 0, Size = 0, RecordSize = 0;
  uint16_t Role = 0, Flags = 0, BitOffset = 0, BitWidth = 0;
};

struct AtomInfo {
  uint64_t Id = 0;
  int64_t Value = 0;
  uint32_t Op = 0;
};

struct StateInfo {
  uint64_t Id = 0;
  std::string Fingerprint;
  bool Dangling = false;
  std::vector<AtomInfo> Atoms;
};

/// A record of a copied or wiped object: where it lies, and one of its fields.
struct PartInfo {
  uint64_t Offset = 0;
  unsigned Field = 0;
};

enum class PlaceKind { Copy, Wipe, Bits, Delete };

struct PlaceInfo {
  PlaceKind Kind = PlaceKind::Copy;
  uint64_t Size = 0; ///< Of the object copied or wiped.
  std::vector<PartInfo> Parts;
};

struct Unit {
  std::string FindingsId, Source;
  uint32_t Mode = 0;
  std::vector<FieldInfo> Fields;
  std::vector<StateInfo> States;
  llvm::StringSet<> Deallocators;
  /// Copy operations that the compiler wrote, with the fields of their class.
  llvm::StringMap<std::vector<PartInfo>> Memberwise;
  /// Instances of a library's templates, with the records that they may copy.
  llvm::StringMap<std::vector<PlaceInfo>> Instances;

  /// Variables on the stack that are announced to the runtime.
  llvm::DenseSet<const llvm::Value *> Locals;

  /// Index of the field of \p T, or nothing.
  std::optional<unsigned> fieldOf(const Tag &T) const;

  /// The places at a source position (\p File may be any spelling of its path).
  llvm::ArrayRef<PlaceInfo> placesAt(llvm::StringRef File, unsigned Line,
                                     unsigned Col) const;

  std::map<std::tuple<std::string, unsigned, unsigned>, std::vector<PlaceInfo>>
      Places; ///< By file name without its folder, line and column.
};

/// The string that \p V, an operand of an annotation, points to.
llvm::StringRef annotationString(const llvm::Value *V);

/// Reads the unit's JSON and the tags on globals, and removes both from \p M.
/// Nothing if the module was not compiled with the clang plugin and suspects.
llvm::Expected<std::optional<Unit>> takeUnit(llvm::Module &M);

} // namespace retsan::passes

#endif
