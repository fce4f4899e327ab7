//===- Steps.cpp - functions that only another one's loop calls
//------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A parser that keeps its next step in a variable:
//
//   static void (*next)(int token);
//   ... buffer = make(); next = first; while (token = lex()) next(token); ...
//
// Each step stores the next one; who calls them is only the function with the
// loop. Told by following the addresses of functions, whatever the flow: where
// they are stored or handed on, and who calls what was loaded from there.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Hooks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

#include <map>
#include <optional>
#include <set>
#include <tuple>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// Where an address may be kept: a global, a field of a record, or a local of
/// a function, which the first number tells.
using Cell = std::tuple<uint32_t, uint32_t, uint32_t>;
constexpr uint32_t FieldCell = None, GlobalCell = None - 1;

/// What is kept in which cells, and who calls it from there.
class Addresses {
public:
  explicit Addresses(const Program &P) : P(P) {
    for (uint32_t G = 0; G < P.Globals.size(); ++G)
      for (const GlobalInit &I : P.Globals[G].Inits)
        if (I.Value.Kind == Operand::Func)
          put(I.Value, cellOf(None, Place::Global, G, I.Path), {});
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
      read(Fn);
  }

  /// All functions that call the one with callee \p C through what keeps it, or
  /// nothing where one of these is not known.
  std::optional<SmallVector<uint32_t, 4>> callers(uint32_t C) const {
    auto It = Holds.find(C);
    if (It == Holds.end() || Lost.count(C))
      return std::nullopt;
    SetVector<uint32_t> All;
    SetVector<Cell> Work(It->second.begin(), It->second.end());
    for (size_t I = 0; I < Work.size(); ++I) {
      const Cell At = Work[I];
      if (LostCells.count(At) || Work.size() > Most)
        return std::nullopt;
      if (auto To = Flows.find(At); To != Flows.end())
        Work.insert(To->second.begin(), To->second.end());
      if (auto By = Calls.find(At); By != Calls.end())
        All.insert(By->second.begin(), By->second.end());
    }
    return SmallVector<uint32_t, 4>(All.begin(), All.end());
  }

  /// The callees whose address some cell holds.
  std::vector<uint32_t> kept() const {
    std::vector<uint32_t> R;
    for (const auto &[C, Cells] : Holds)
      R.push_back(C);
    return R;
  }

private:
  static constexpr size_t Most = 64;

  /// Nothing where code that is not seen may read it, too.
  std::optional<Cell> cellOf(uint32_t Fn, Place::BaseTy Base, uint32_t Index,
                             ArrayRef<PathElem> Path) const {
    for (const PathElem &E : reverse(Path))
      if (E.Kind == PathElem::Field) {
        if (P.Main == None && !P.Records[E.Record].InMainFile)
          return std::nullopt;
        return Cell{FieldCell, E.Record, E.Index};
      }
    if (Base == Place::Global &&
        (P.Main != None || P.Globals[Index].Link == Linkage::Internal))
      return Cell{GlobalCell, Index, 0};
    if (Base == Place::Local)
      return Cell{Fn, Index, 0};
    return std::nullopt;
  }

  /// The function \p O, or what was read from \p From, goes to \p To.
  void put(const Operand &O, const std::optional<Cell> &To,
           ArrayRef<Cell> From) {
    if (O.Kind == Operand::Func) {
      if (To)
        Holds[uint32_t(O.Value)].insert(*To);
      else
        Lost.insert(uint32_t(O.Value));
      return;
    }
    for (const Cell &C : From) {
      if (To)
        Flows[C].insert(*To);
      else
        LostCells.insert(C);
    }
  }

  void read(uint32_t Fn) {
    const Function &F = P.Functions[Fn];
    std::map<uint32_t, SmallVector<Cell, 2>> Regs;
    auto From = [&](const Operand &O) -> ArrayRef<Cell> {
      if (O.Kind == Operand::Reg)
        if (auto It = Regs.find(uint32_t(O.Value)); It != Regs.end())
          return It->second;
      return {};
    };
    for (const Block &B : F.Blocks) {
      for (const Instr &I : B.Instrs)
        visit(Fn, I, Regs, From);
      if (B.Term.Kind == Terminator::Return)
        put(B.Term.Cond, std::nullopt, From(B.Term.Cond));
    }
  }

  template <typename Map, typename Fun>
  void visit(uint32_t Fn, const Instr &I, Map &Regs, Fun From) {
    const Function &F = P.Functions[Fn];
    switch (I.Opcode) {
    case Op::Load:
      if (const Place &Pl = F.Places[I.P];
          P.Types[Pl.Type].Kind == TypeKind::Function && I.Dst != None)
        if (auto C = cellOf(Fn, Pl.Base, Pl.BaseIndex, Pl.Path))
          Regs[I.Dst].push_back(*C);
      break;
    case Op::Store: {
      const Place &Pl = F.Places[I.P];
      put(I.A, cellOf(Fn, Pl.Base, Pl.BaseIndex, Pl.Path), From(I.A));
      break;
    }
    case Op::Move:
      if (I.A.Kind == Operand::Func)
        put(I.A, std::nullopt, {});
      else if (I.Dst != None)
        for (const Cell &C : SmallVector<Cell, 2>(From(I.A)))
          Regs[I.Dst].push_back(C);
      break;
    case Op::Cmp:
    case Op::Not:
      break;
    case Op::Call: {
      if (I.Callee == None)
        for (const Cell &C : From(I.A))
          Calls[C].insert(Fn);
      const uint32_t Body = I.Callee == None ? None : P.BodyOf[I.Callee];
      for (uint32_t A = 0; A < I.Args.size(); ++A) {
        std::optional<Cell> To;
        if (Body != None && A < P.Functions[Body].NumParams)
          To = Cell{Body, A, 0};
        put(I.Args[A], To, From(I.Args[A]));
      }
      break;
    }
    default:
      for (const Operand *O : {&I.A, &I.B})
        put(*O, std::nullopt, From(*O));
      break;
    }
  }

  const Program &P;
  std::map<uint32_t, std::set<Cell>> Holds; ///< By callee.
  std::set<uint32_t> Lost;                  ///< Callees that go anywhere.
  std::map<Cell, std::set<Cell>> Flows;
  std::map<Cell, std::set<uint32_t>> Calls; ///< Functions that call from there.
  std::set<Cell> LostCells;
};

} // namespace

void findStepCallers(Program &P) {
  const Addresses A(P);
  for (uint32_t C : A.kept())
    if (const uint32_t Fn = P.BodyOf[C]; Fn != None)
      if (auto By = A.callers(C))
        P.StepCallers[Fn] = std::move(*By);
}

} // namespace retsan::solve
