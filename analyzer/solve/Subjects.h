//===- Subjects.h - what is worth a closure, and its guards ---------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Subjects are fields and globals of pointer or owning type that own what they
// point to. A guard is a variable of the same record (or a global) whose test
// dominates uses of the subject: guards are chosen by covering uses, not by how
// often they are written.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_SUBJECTS_H
#define RETSAN_ANALYZER_SOLVE_SUBJECTS_H

#include "analyzer/solve/Engine.h"
#include "analyzer/solve/Ownership.h"

namespace retsan::solve {

/// A guard: an item of the focus, or some bits of it.
struct Guard {
  uint32_t Item = 0; ///< Index into Focus::Items.
  int64_t Mask = 0;
  unsigned Votes = 0; ///< Uses that it covers.
  bool SizeLike =
      false; ///< Takes values that are no constants: a length, a count.
  bool Bound = false; ///< Compared with other variables: how many there are.
  bool Pointer = false;
};

struct Subject {
  Tracked T;
  Ownership::Evidence Own;
  facts::OwnerKind Kind = facts::OwnerKind::None;
  std::string Record, FieldPath, Name, Object;
  std::string RecordKey, IdPath;
  uint64_t Id = 0;
  facts::SrcLoc Decl;
  std::string LiveWhile, Retained;
  bool InUnion = false;
  bool Header = false; ///< Declared in a header of the project.
};

/// All subjects of a program, in a fixed order.
std::vector<Subject> findSubjects(const Program &P, const Ownership &O);

/// Chooses the guards of \p S and makes its focus: the subject, the guards,
/// then fields that hand their value over to it.
Focus makeFocus(const Context &C, const Ownership &O, const Subject &S,
                std::vector<Guard> &Guards);

/// A focus on a subject and one sibling of it.
struct SiblingFocus {
  Focus F;
  std::vector<Guard> Guards;
  bool Reset = false; ///< One of the functions asked about resets it.
};

/// Foci for a second look, of siblings that \p Had leaves out: those to which
/// one of \p Fns gives a constant, as one does who ends something, then those
/// that most uses ask.
std::vector<SiblingFocus> siblingFoci(const Context &C, const Subject &S,
                                      llvm::ArrayRef<uint32_t> Fns,
                                      const Focus &Had);

/// Name and identity of any tracked location, as reports print them.
std::string nameOf(const Program &P, const Tracked &T);
std::string pathOf(const Program &P, const Tracked &T);
uint64_t idOf(const Program &P, const Tracked &T, std::string &Key,
              std::string &Path);

/// The record that gives a field its name: the field's own, or the one around
/// records without a name; \p Path becomes the way from there.
uint32_t namedRecord(const Program &P, uint32_t Record, uint32_t Field,
                     std::vector<facts::PathElem> &Path);

} // namespace retsan::solve

#endif
