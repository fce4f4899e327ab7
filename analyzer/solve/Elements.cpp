//===- Elements.cpp - slots and nodes that outlive their removal ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values are compared by access path within one function: a local that is set
// once stands for what it was set to, any other one for itself.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/ElementCode.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

ElementCode::ElementCode(const Program &P, const Renderer &R) : P(P), R(R) {
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    Shapes.push_back(std::make_unique<Shape>(P, Fn));
  summarise();
}

void ElementCode::summarise() {
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Shape &S = *Shapes[Fn];
      for (const Block &B : S.F.Blocks) {
        for (const Instr &I : B.Instrs) {
          auto Mark = [&](ParamSet &Set, StringRef V, StringRef Suffix = "") {
            unsigned N;
            if (V.consume_front("L") &&
                (Suffix.empty() || V.consume_back(Suffix)) &&
                !V.getAsInteger(10, N) && N < S.F.NumParams)
              Changed |= Set.insert({Fn, N}).second;
          };
          if (I.Opcode == Op::Free || I.Opcode == Op::Release ||
              I.Opcode == Op::Call)
            forDropped(I, [&](const Operand &O) {
              Mark(Drops, S.value(O));
              Mark(DropsPointee, S.value(O), "->");
            });
          if (I.Opcode != Op::Store)
            continue;
          std::string Pl = S.target(I);
          if (const Instr *D = S.def(I.A);
              D && D->Opcode == Op::Bin && D->Bop == BinOp::Add &&
              S.value(D->A) == Pl && D->B.Kind == Operand::Int)
            if (auto FR = lastField(Pl); FR && FR->first < P.Records.size()) {
              StringRef V = StringRef(Pl).rsplit("->").first;
              Mark(CountsUp, V);
            }
          Mark(Sets, Pl, "->");
        }
      }
    }
  }
}

void ElementCode::forDropped(const Instr &I,
                             function_ref<void(const Operand &)> Do) const {
  if (I.Opcode == Op::Free || I.Opcode == Op::Release)
    return Do(I.A);
  if (I.Opcode != Op::Call || I.Callee == None)
    return;
  uint32_t Body = P.BodyOf[I.Callee];
  if (Body == None) {
    LibEffect L = libraryEffect(P.str(P.Callees[I.Callee].Name), I.Args.size());
    if ((L.Kind == LibKind::Free || L.Kind == LibKind::Release) &&
        L.Arg < I.Args.size())
      Do(I.Args[L.Arg]);
    return;
  }
  for (uint32_t A = 0; A < I.Args.size(); ++A)
    if (Drops.count({Body, A}))
      Do(I.Args[A]);
}

WitnessStep ElementCode::step(uint32_t Fn, SrcLoc Loc, std::string Note) const {
  WitnessStep W;
  PlaceRef At = R.place({Fn, Loc});
  W.Call = R.function(Fn);
  W.File = At.File;
  W.Line = At.Line;
  W.Note = std::move(Note);
  return W;
}

Finding ElementCode::begin(StringRef Check, FieldRef FR, uint32_t Fn,
                           SrcLoc Loc) const {
  Tracked T;
  T.Path.clear();
  T.Record = namedRecord(P, FR.first, FR.second, T.Path);
  Finding F;
  F.Check = Check.str();
  F.Subject = nameOf(P, T);
  F.Record = P.str(P.Records[T.Record].Name).str();
  F.Field = pathOf(P, T);
  F.Suspect.Subject = F.Subject;
  F.SubjectId = F.Suspect.SubjectId =
      idOf(P, T, F.Suspect.RecordKey, F.Suspect.Path);
  const Field &Fd = P.Records[FR.first].Fields[FR.second];
  F.Decl = {"", R.file(Fd.Decl.File), Fd.Decl.Line};
  PlaceRef At = R.place({Fn, Loc});
  F.File = At.File;
  F.Line = At.Line;
  F.Function = R.function(Fn);
  if (Fd.Retained)
    F.Suppressed = "RETSAN_RETAINED: " + P.str(Fd.Retained).str();
  return F;
}

void findElements(const Program &P, const Renderer &R,
                  std::vector<Finding> &Out) {
  ElementCode C(P, R);
  findSlots(C, Out);
  findNodes(C, Out);
}

} // namespace retsan::solve
