//===- Nodes.cpp - nodes that keep the links they had ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A node whose list is led around it, or a child that is taken out of its
// parent, and whose own counted or shared link stays set.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/ElementCode.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

class NodeChecker {
public:
  explicit NodeChecker(const ElementCode &C) : C(C), P(C.P) {}

  void run(std::vector<Finding> &Out) {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      if (!F.System && !F.Implicit && !F.Ctor && !F.Dtor)
        nodes(Fn);
    }
    detached();
    parted();
    for (auto &[Key, F] : Nodes)
      Out.push_back(std::move(F));
  }

private:
  void nodes(uint32_t Fn) {
    const Shape &S = *C.Shapes[Fn];
    std::set<std::string> Cleared, Dead, Returned;
    std::set<std::pair<std::string, std::string>> Equal, Walks;
    for (const Block &B : S.F.Blocks) {
      for (const Instr &I : B.Instrs) {
        if (I.Opcode == Op::Store)
          Cleared.insert(S.target(I));
        // `prev = node`: the walker comes behind the node.
        if (I.Opcode == Op::Store && S.F.Places[I.P].Base == Place::Local)
          Walks.insert({S.target(I), S.value(I.A)});
        if (I.Opcode == Op::Free)
          Dead.insert(S.value(I.A));
        if (I.Opcode == Op::Cmp && I.Cop == CmpOp::EQ) {
          Equal.insert({S.value(I.A), S.value(I.B)});
          Equal.insert({S.value(I.B), S.value(I.A)});
        }
        if (I.Opcode == Op::Call && I.Callee != None &&
            P.BodyOf[I.Callee] == None)
          C.forDropped(I, [&](const Operand &O) { Dead.insert(S.value(O)); });
      }
      if (B.Term.Kind == Terminator::Return)
        Returned.insert(S.value(B.Term.Cond));
    }
    std::map<FieldRef, std::pair<bool, SrcLoc>> Hits;
    std::map<FieldRef, bool> Counted;
    for (const Block &B : S.F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Store || S.F.Places[I.P].Base == Place::Local)
          continue;
        const Instr *D = S.def(I.A);
        bool Ref = false;
        if (D && D->Opcode == Op::Call && D->Callee != None &&
            D->Args.size() == 1 && P.BodyOf[D->Callee] != None &&
            C.CountsUp.count({P.BodyOf[D->Callee], 0})) {
          Ref = true;
          D = S.def(D->Args[0]);
        }
        if (!D || D->Opcode != Op::Load || (!Ref && !D->CopiesOwner))
          continue;
        std::string Link = S.place(S.F.Places[D->P]);
        auto FR = lastField(Link);
        size_t At = Link.rfind("->.");
        if (!FR || At == std::string::npos || FR->first >= P.Records.size())
          continue;
        const Type &T = P.Types[P.Records[FR->first].Fields[FR->second].Type];
        const Type &To = P.Types[T.Elem];
        if (T.Kind != TypeKind::Pointer || To.Kind != TypeKind::Record ||
            To.Record != FR->first ||
            (T.Owner != OwnerKind::Shared &&
             !(T.Owner == OwnerKind::None && Ref)))
          continue;
        std::string Node = Link.substr(0, At);
        std::string Target = S.place(S.F.Places[I.P]);
        if (Cleared.count(Link) || Dead.count(Node) || Target == Link)
          continue;
        bool Lives = Returned.count(Node);
        // The caller has the node: it came by reference, or by value as an
        // owner.
        unsigned N;
        StringRef V(Node);
        if (V.consume_front("L") &&
            (V.consume_back("->"), !V.getAsInteger(10, N)) && N < S.F.NumParams)
          Lives = true;
        if (Ref && !Lives)
          Lives = pinned(FR->first);
        if (!Lives)
          continue;
        bool Around = Node == Target || Equal.count({Target, Node});
        StringRef TS(Target);
        if (TS.starts_with(Node + "->.") && TS.ends_with(Link.substr(At)) &&
            TS.size() > Link.size())
          Around = true; // The neighbour's link of the same field.
        if (TS.consume_back(Link.substr(At)) && Returned.count(Node) &&
            Walks.count({TS.str(), Node}))
          Around = true; // The link of the one before it.
        auto &H = Hits[*FR];
        H.first |= Around;
        H.second = I.Loc;
        Counted[*FR] |= Ref;
      }
    for (auto &[FR, H] : Hits) {
      if (!H.first)
        continue;
      Finding F = C.begin("retsan-unlinked-node", FR, Fn, H.second);
      bool Again = reinserted(FR, Fn);
      F.Level = Again ? Confidence::Medium : Confidence::High;
      F.Message = "the node that " + F.Function +
                  "() takes out of its list still owns, through " + F.Subject +
                  ", what came after it";
      F.Why = "the links are led around the node and its own " + F.Field +
              " is left; whoever holds the node holds its former neighbours";
      F.Fix = "move " + F.Field +
              " out of the node into the link that goes around it, or reset it";
      F.Reasons.push_back(Counted[FR] ? "the link holds a counted reference"
                                      : "the link is shared");
      if (Again)
        F.Reasons.push_back(
            "another function puts such nodes back and sets the link");
      F.Witness.push_back(C.step(
          Fn, H.second, F.Field + " is copied and stays set in the node"));
      Nodes.insert({{FR, Fn}, std::move(F)});
    }
  }

  /// A child that is taken out of its parent's container and goes on owning
  /// its parent.
  void detached() {
    auto Shared = [&](FieldRef F, bool Container) {
      const Type *T = &P.Types[P.Records[F.first].Fields[F.second].Type];
      if (Container) {
        if (T->Owner != OwnerKind::Container)
          return false;
        T = &P.Types[T->Elem];
      }
      return T->Owner == OwnerKind::Shared &&
             P.Types[T->Elem].Kind == TypeKind::Record &&
             P.Types[T->Elem].Record == F.first;
    };
    auto FieldOf = [&](const Function &F, uint32_t Pl) -> FieldRef {
      if (Pl == None || F.Places[Pl].Path.empty())
        return {None, None};
      const PathElem &E = F.Places[Pl].Path.back();
      if (E.Kind != PathElem::Field || E.Index < P.Records[E.Record].NumBases)
        return {None, None};
      return {E.Record, E.Index};
    };
    // Who puts in, and sets the way back.
    std::map<FieldRef, FieldRef> BackOf;
    std::map<FieldRef, std::set<uint32_t>> Writers;
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      if (F.System || F.Implicit)
        continue;
      std::set<FieldRef> Backs, Lists;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs) {
          FieldRef FR =
              I.Opcode == Op::Store ? FieldOf(F, I.P) : FieldRef{None, None};
          if (FR.first == None)
            continue;
          if (Shared(FR, false)) {
            Writers[FR].insert(Fn);
            if (I.A.Kind != Operand::Null)
              Backs.insert(FR);
          } else if (Shared(FR, true) && I.A.Kind != Operand::Null) {
            Lists.insert(FR);
          }
        }
      for (FieldRef L : Lists)
        for (FieldRef Back : Backs)
          if (Back.first == L.first)
            BackOf[L] = Back;
    }
    if (BackOf.empty())
      return;
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      const Shape &S = *C.Shapes[Fn];
      if (F.System || F.Implicit || F.Ctor || F.Dtor)
        continue;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs) {
          if (I.Opcode != Op::Invalidate || !I.Maybe)
            continue;
          const Instr *D = S.origin(I.A);
          auto List = D && D->Opcode == Op::Load
                          ? lastField(S.place(F.Places[D->P]))
                          : std::nullopt;
          auto It = List ? BackOf.find(*List) : BackOf.end();
          if (It == BackOf.end())
            continue;
          // An element goes: what is put in is stored.
          bool Puts = any_of(B.Instrs, [&](const Instr &J) {
            return J.Opcode == Op::Store && J.Loc.Line == I.Loc.Line &&
                   J.A.Kind == Operand::Reg && J.Loc.Col == I.Loc.Col &&
                   lastField(S.place(F.Places[J.P])) == It->first &&
                   S.value(J.A) != S.value(I.A);
          });
          FieldRef Back = It->second;
          if (Puts || reaches(Fn, Writers[Back], 0))
            continue;
          Finding X = C.begin("retsan-unlinked-node", Back, Fn, I.Loc);
          X.Level = Confidence::High;
          X.Message = "the element that " + X.Function +
                      "() takes out of its parent still owns the parent, "
                      "through " +
                      X.Subject;
          X.Why = "whoever holds the element holds its former parent, and all "
                  "that is below";
          X.Fix = "reset " + X.Field + " of the element that is taken out";
          X.Reasons.push_back("the link is shared");
          X.Witness.push_back(C.step(
              Fn, I.Loc, "the element leaves; its " + X.Field + " stays set"));
          Nodes.insert({{Back, Fn}, std::move(X)});
        }
    }
  }

  /// The same in C: a child that is led out of the list of its siblings keeps
  /// the counted reference to its parent.
  void parted() {
    // Links that a function sets to what it counted up, beside another link.
    std::map<FieldRef, std::set<uint32_t>> Writers;
    std::set<FieldRef> Backs;
    auto IsLink = [&](std::optional<FieldRef> FR) {
      if (!FR || FR->first >= P.Records.size())
        return false;
      const Type &T = P.Types[P.Records[FR->first].Fields[FR->second].Type];
      return T.Kind == TypeKind::Pointer && T.Owner == OwnerKind::None &&
             P.Types[T.Elem].Kind == TypeKind::Record &&
             P.Types[T.Elem].Record == FR->first;
    };
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Shape &S = *C.Shapes[Fn];
      std::map<std::string, std::set<FieldRef>> Counted, Set;
      for (const Block &B : S.F.Blocks)
        for (const Instr &I : B.Instrs) {
          if (I.Opcode != Op::Store || S.F.Places[I.P].Base == Place::Local)
            continue;
          std::string Path = S.place(S.F.Places[I.P]);
          auto FR = lastField(Path);
          if (!IsLink(FR))
            continue;
          Writers[*FR].insert(Fn);
          const Instr *D = S.def(I.A);
          std::string Node = StringRef(Path).rsplit('.').first.str();
          bool Up = D && D->Opcode == Op::Call && D->Callee != None &&
                    P.BodyOf[D->Callee] != None &&
                    C.CountsUp.count({P.BodyOf[D->Callee], 0});
          (Up ? Counted : Set)[Node].insert(*FR);
        }
      for (auto &[Node, Fields] : Counted)
        if (Set.count(Node))
          Backs.insert(Fields.begin(), Fields.end());
    }
    for (uint32_t Fn = 0; !Backs.empty() && Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      const Shape &S = *C.Shapes[Fn];
      if (F.System || F.Implicit)
        continue;
      std::set<std::string> Returned, Dropped;
      for (const Block &B : F.Blocks) {
        if (B.Term.Kind == Terminator::Return)
          Returned.insert(S.value(B.Term.Cond));
        for (const Instr &I : B.Instrs)
          C.forDropped(I,
                       [&](const Operand &O) { Dropped.insert(S.value(O)); });
      }
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs) {
          // `*at = child->next`, and the child goes to the caller.
          const Instr *D = I.Opcode == Op::Store ? S.def(I.A) : nullptr;
          if (!D || D->Opcode != Op::Load || F.Places[I.P].Base == Place::Local)
            continue;
          std::string Link = S.place(F.Places[D->P]);
          auto Next = lastField(Link);
          StringRef Node = StringRef(Link).rsplit('.').first;
          if (!IsLink(Next) || !Node.consume_back("->") ||
              !Returned.count(Node.str()) || Dropped.count(Node.str()))
            continue;
          for (FieldRef Back : Backs) {
            std::string Parent = Node.str() + "->." +
                                 std::to_string(Back.first) + "_" +
                                 std::to_string(Back.second);
            if (Back.first != Next->first || Back == *Next ||
                Dropped.count(Parent) || reaches(Fn, Writers[Back], 0))
              continue;
            Finding X = C.begin("retsan-unlinked-node", Back, Fn, I.Loc);
            X.Level = Confidence::High;
            X.Message = "the node that " + X.Function +
                        "() takes out of its list keeps a counted reference, "
                        "through " +
                        X.Subject;
            X.Why = "whoever holds the node holds its former parent";
            X.Fix = "give back and clear " + X.Field +
                    " of the node that is taken out";
            X.Reasons.push_back("the link holds a counted reference");
            X.Witness.push_back(C.step(
                Fn, I.Loc, "the node leaves; its " + X.Field + " stays set"));
            Nodes.insert({{Back, Fn}, std::move(X)});
          }
        }
    }
  }

  /// Whether \p Fn is one of \p Set or calls one.
  bool reaches(uint32_t Fn, const std::set<uint32_t> &Set,
               unsigned Depth) const {
    if (Set.count(Fn))
      return true;
    if (Depth > 2)
      return false;
    for (const Block &B : P.Functions[Fn].Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Call && I.Callee != None &&
            P.BodyOf[I.Callee] != None &&
            reaches(P.BodyOf[I.Callee], Set, Depth + 1))
          return true;
    return false;
  }

  /// Some function gives out counted references to such nodes.
  bool pinned(uint32_t Record) const {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Shape &S = *C.Shapes[Fn];
      const Type &T = P.Types[S.F.ReturnType];
      if (T.Kind != TypeKind::Pointer || P.Types[T.Elem].Record != Record)
        continue;
      for (const Block &B : S.F.Blocks)
        if (B.Term.Kind == Terminator::Return)
          if (const Instr *D = S.def(B.Term.Cond))
            if (D->Opcode == Op::Call && D->Callee != None &&
                P.BodyOf[D->Callee] != None &&
                C.CountsUp.count({P.BodyOf[D->Callee], 0}))
              return true;
    }
    return false;
  }

  /// Some other function sets the link of a node that it is given by value.
  bool reinserted(FieldRef FR, uint32_t Not) const {
    std::string Suffix =
        "->." + std::to_string(FR.first) + "_" + std::to_string(FR.second);
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Shape &S = *C.Shapes[Fn];
      if (Fn == Not || S.F.Implicit || S.F.Ctor || S.F.Dtor)
        continue;
      for (const Block &B : S.F.Blocks)
        for (const Instr &I : B.Instrs) {
          unsigned N;
          if (I.Opcode != Op::Store || I.A.Kind == Operand::Null)
            continue;
          std::string Path = S.target(I);
          StringRef V(Path);
          if (V.consume_back(Suffix) && V.consume_front("L") &&
              (V.consume_back("->"), !V.getAsInteger(10, N)) &&
              N < S.F.NumParams)
            return true;
        }
    }
    return false;
  }

  const ElementCode &C;
  const Program &P;
  std::map<std::pair<FieldRef, uint32_t>, Finding> Nodes;
};

} // namespace

void findNodes(const ElementCode &C, std::vector<Finding> &Out) {
  NodeChecker(C).run(Out);
}

} // namespace retsan::solve
