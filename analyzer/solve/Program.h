//===- Program.h - the linked units of one program ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linking joins the tables of several units into one set of tables and rewrites
// every index in their functions, so that what follows sees a single program:
// records by record key, globals and functions by USR. It also answers who a
// call may reach: directly, by class hierarchy, or through a table of
// functions.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_PROGRAM_H
#define RETSAN_ANALYZER_SOLVE_PROGRAM_H

#include "analyzer/model/Facts.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <utility>
#include <vector>

namespace retsan::solve {

using facts::None;

/// A field of a record, by index into Program::Records.
using FieldRef = std::pair<uint32_t, uint32_t>;

/// One call instruction.
struct CallSite {
  uint32_t Function = None;
  uint32_t Block = 0;
  uint32_t Instr = 0;
};

struct Program {
  /// What the pointer that was loaded from \p From may hold, or null.
  const llvm::SmallVector<uint32_t, 4> *held(const facts::Place *From) const;

  std::vector<std::string> Strings;
  std::vector<facts::File> Files;
  std::vector<facts::Type> Types;
  std::vector<facts::Record> Records;
  std::vector<facts::Global> Globals;
  std::vector<facts::Callee> Callees;
  std::vector<facts::Function> Functions;

  std::vector<uint32_t> BodyOf; ///< Callee to its Function, or None.
  std::vector<std::vector<CallSite>>
      SitesOf; ///< Function to its seen call sites.
  std::vector<llvm::SmallVector<uint32_t, 2>>
      Overriders; ///< Callee to callees, transitive.
  /// Functions that a field of function type may hold, wherever it is set.
  llvm::DenseMap<FieldRef, llvm::SmallVector<uint32_t, 4>> FieldTargets;
  std::vector<llvm::SmallVector<uint32_t, 4>> GlobalTargets;
  /// Functions whose address is only ever put into fields (tables of
  /// operations): their callers are the calls through those fields.
  std::vector<bool> TableOnly;
  /// Functions that are started as threads (argument of pthread_create and
  /// such).
  std::vector<bool> ThreadEntry;
  /// Functions that hand their argument either to free or to a hook that stands
  /// for it (`mm_free`): both ways end it.
  std::vector<bool> FreesArg;
  /// Functions that set the bytes of their first argument to 0, as many as the
  /// last one says.
  std::vector<bool> ZeroesArg;
  /// Functions that are called only through fields whose callers free what they
  /// give to them next: parts of a destructor.
  std::vector<bool> EndHook;
  /// For functions whose address is only kept where it can be followed, such as
  /// the next step of a parser: all that call them from there.
  llvm::DenseMap<uint32_t, llvm::SmallVector<uint32_t, 4>> StepCallers;
  /// Reads and writes of what goes on the same way (Teardown.h), by block and
  /// number within it.
  std::vector<llvm::DenseSet<uint64_t>> TearsDown;
  bool tearsDown(uint32_t Fn, uint32_t Block, uint32_t Instr) const {
    return TearsDown[Fn].contains((uint64_t(Block) << 32) | Instr);
  }
  /// Functions that wait for another thread, themselves or in a callee.
  std::vector<bool> Waits;
  /// Functions that an exception may leave (Throwing.h).
  std::vector<bool> MayThrow;
  /// Functions that give back one reference of what an argument points to, and
  /// end it with the last one: which argument, or None.
  std::vector<uint32_t> DropsRef;
  /// What a function does to the integer that it is given the address of: one
  /// more, one less, or its second argument more or less.
  enum class CountKind : uint8_t { No, Up, Down, AddsArg, SubtractsArg };
  std::vector<CountKind> Counts;
  /// The fields that such functions count in.
  llvm::DenseSet<FieldRef> RefCounts;
  /// Functions that are registered to run when the program ends.
  std::vector<bool> ExitHook;
  /// Functions that nobody calls here: another program of the same sources
  /// does, or they came with a library. Dead code of this one.
  std::vector<bool> CalledElsewhere;
  /// Fields and globals that code which this build leaves out may name; a
  /// global is {None, index}.
  llvm::DenseSet<FieldRef> LeftOut;
  /// What the source calls the values of a field, or of the global {None,
  /// index}, by value.
  llvm::DenseMap<FieldRef, std::vector<facts::NamedValue>> ValueNames;
  /// The name of \p Value, or empty.
  llvm::StringRef nameOfValue(FieldRef F, int64_t Value) const;
  uint32_t Main = None; ///< Function index.
  /// Some free functions are hidden, others exported: the hidden ones are a
  /// library's own.
  bool HasExports = false;
  unsigned NumUnits = 0;

  /// Nobody outside of what is seen calls \p Fn: a private method, or a
  /// function that its library does not export.
  bool isPrivate(uint32_t Fn) const {
    const facts::Function &F = Functions[Fn];
    return F.Private && (F.Record != None || HasExports);
  }
  llvm::StringRef str(facts::StrId Id) const { return Strings[Id]; }
  llvm::StringRef nameOf(uint32_t Function) const {
    return str(Callees[Functions[Function].Callee].Name);
  }
  const facts::Type &type(facts::TypeId Id) const { return Types[Id]; }

  /// The functions with a body that call \p I may reach, given that an indirect
  /// callee was loaded from \p From (or null). Sets \p Complete if there are no
  /// others.
  llvm::SmallVector<uint32_t, 4> targets(const facts::Instr &I,
                                         const facts::Place *From,
                                         bool &Complete) const;
  /// The callee that names what call \p I does: its own, or for a call through
  /// a pointer a library function that the pointer may hold (`do_free = free`).
  /// None if there is none.
  uint32_t namedCallee(const facts::Instr &I, const facts::Place *From) const;
};

/// Whether a library declares the record.
bool isOfLibrary(const Program &P, uint32_t Record);

/// Links \p Units into one program.
Program link(llvm::ArrayRef<const facts::Unit *> Units);

} // namespace retsan::solve

#endif
