//===- Unread.cpp - owners that nobody reads ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A worklist of values that came out of the field: registers, the locals they
// are put in, the parameters they are passed as. The first that is more than
// tested, written through or released makes the field a read one. What is
// stored must not have gone anywhere else either: whoever has the other copy
// reads it.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Unread.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

#include <map>
#include <optional>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// Functions of the library that only write to their first argument.
bool writesFirst(StringRef Name) {
  Name.consume_front("std::");
  Name.consume_front("__builtin_");
  return StringSwitch<bool>(Name)
      .Cases("memcpy", "memmove", "memset", "mempcpy", "bzero", true)
      .Cases("strcpy", "strncpy", "stpcpy", "strlcpy", "wcscpy", true)
      .Cases("sprintf", "snprintf", "vsprintf", "vsnprintf", true)
      .Default(false);
}

/// Where what a field holds comes from.
enum class MadeBy {
  Nobody,
  String, ///< A copy of a string.
  Memory,
  Other ///< A handle, or code that is not seen.
};

MadeBy join(MadeBy A, MadeBy B) { return std::max(A, B); }

bool copiesString(StringRef Name) {
  return Name.contains("strdup") || Name.contains("strndup");
}

class Unread {
public:
  Unread(const Context &C, const std::vector<UserFree> &Frees,
         const Renderer &R, std::vector<Finding> &Out)
      : C(C), P(C.P), Frees(Frees), R(R), Out(Out) {}

  void ask(const Subject &S) {
    uint32_t Slot = C.slotOf(S.T);
    if (Slot == None || S.InUnion || !S.Own.owned() ||
        S.Kind == OwnerKind::ValueContainer || S.Kind == OwnerKind::Weak)
      return;
    if (hasEffectAtEnd(S) || isInTable(P, C, S.T))
      return;
    Seen.clear();
    Filled = InCtor = false;
    Sole = true;
    Where Stored;
    for (uint32_t Fn : C.touchersOf(Slot)) {
      const Function &F = P.Functions[Fn];
      if (F.Implicit)
        continue; // Copies what there is.
      if (F.System)
        return;
      for (const Block &B : F.Blocks)
        for (size_t N = 0; N < B.Instrs.size(); ++N) {
          const Instr &I = B.Instrs[N];
          for (uint32_t Pl : {I.P, I.P2}) {
            if (Pl == None || !isPlaceOf(S.T, F.Places[Pl]))
              continue;
            if (goesDeeper(S, F.Places[Pl]))
              return;
            switch (I.Opcode) {
            case Op::Load:
              // What is made and read while the object is made has done its
              // work, unless a pointer to it goes elsewhere.
              if (F.Ctor && F.Record == S.T.Record && S.T.Global == None) {
                if (getsOut(Fn, I.Dst, 0))
                  return;
                InCtor |= isRead(S, Fn, B, I);
                break;
              }
              if (isRead(S, Fn, B, I))
                return;
              break;
            case Op::Store:
              if (I.A.Kind == Operand::Null)
                break;
              if (isShared(Fn, I, S))
                return;
              if (!Stored)
                Stored = {Fn, I.Loc};
              Sole &= isSole(S, Fn, I);
              break;
            case Op::Zero:
              break;
            default:
              return; // Its address is taken, its record copied.
            }
          }
        }
    }
    // Records that are copied whole carry it to where nobody looks for it.
    if (Stored && !copied(S))
      report(S, Stored);
  }

  void weigh(const Subject &S, Finding &F) {
    uint32_t Slot = C.slotOf(S.T);
    if (F.Level == Confidence::Low || Slot == None)
      return;
    auto Lower = [&](const char *Why) {
      F.Level = Confidence::Low;
      F.Reasons.push_back(Why);
    };
    if (isPublic(S))
      return Lower("clients of the library may read it");
    if (isForeign(P, S.T))
      return Lower("the record is a library's, which reads its objects");
    if (S.Kind != OwnerKind::None)
      return;
    const Type &Held = P.Types[P.Types[S.T.Type].Elem];
    if (Held.Kind == TypeKind::Void && isBesideHook(S))
      return Lower("it is what the hooks beside it are called with");
    if (S.T.Record != None && Held.Kind == TypeKind::Record &&
        Held.Record == S.T.Record)
      return Lower("it links objects of one type");
    MadeBy Made = MadeBy::Nobody;
    bool Shared = false;
    for (uint32_t Fn : C.touchersOf(Slot)) {
      const Function &Fun = P.Functions[Fn];
      for (const Block &B : Fun.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::Store && I.A.Kind != Operand::Null &&
              isPlaceOf(S.T, Fun.Places[I.P])) {
            Made = join(Made, madeBy(Fn, I.A, 0));
            Shared |= isShared(Fn, I, S);
          }
    }
    if (Made == MadeBy::Other)
      return Lower("what it holds may be a handle, or somebody else's");
    if (Shared)
      return Lower("what it holds is held elsewhere, too");
    // Of a few files the readers may be elsewhere.
    constexpr size_t Whole = 50;
    if (Made == MadeBy::String && P.Functions.size() >= Whole) {
      F.Level = Confidence::High;
      F.Reasons.push_back("it is a copy of a string, made for it");
    }
  }

private:
  /// Whether the field's innermost record holds functions.
  bool isBesideHook(const Subject &S) const {
    return !S.T.Path.empty() && S.T.Path.back().Kind == PathElem::Field &&
           any_of(P.Records[S.T.Path.back().Record].Fields,
                  [&](const Field &Fd) {
                    return P.Types[Fd.Type].Kind == TypeKind::Function;
                  });
  }

  /// Whether \p Fn, which returns what \p O is, puts it or a part of it into a
  /// list or a table: a pool, which holds it as well.
  bool isListed(uint32_t Fn, const Operand &O) const {
    const Shape Sh(P, Fn);
    std::string Into = "&" + Sh.value(O) + "->";
    return any_of(Sh.F.Blocks, [&](const Block &B) {
      return any_of(B.Instrs, [&](const Instr &I) {
        auto Is = [&](const Operand &X) {
          return X.Kind == Operand::Reg &&
                 StringRef(Sh.value(X)).starts_with(Into);
        };
        return (I.Opcode == Op::Store && Is(I.A)) ||
               (I.Opcode == Op::Call && I.Callee != None &&
                P.BodyOf[I.Callee] != None && any_of(I.Args, Is));
      });
    });
  }

  /// What the value is that \p O has in \p Fn, by the calls that made it.
  MadeBy madeBy(uint32_t Fn, const Operand &O, unsigned Depth) const {
    if (O.Kind == Operand::Null)
      return MadeBy::Nobody;
    if (O.Kind == Operand::Int && O.Value == 0)
      return MadeBy::Nobody;
    if (O.Kind != Operand::Reg || Depth > 8)
      return MadeBy::Other;
    const Shape Sh(P, Fn);
    const Instr *D = Sh.origin(O);
    if (!D) { // `s ? strdup(s) : NULL`
      MadeBy M = MadeBy::Nobody;
      for (const Instr *X : C.graph(Fn).Defs[O.Value])
        M = join(M, X->Opcode == Op::Move ? madeBy(Fn, X->A, Depth + 1)
                                          : madeBy(Sh, Fn, *X, Depth + 1));
      return M;
    }
    return madeBy(Sh, Fn, *D, Depth);
  }

  MadeBy madeBy(const Shape &Sh, uint32_t Fn, const Instr &Made,
                unsigned Depth) const {
    const Instr *D = &Made;
    if (D->Opcode == Op::New)
      return MadeBy::Memory;
    if (D->Opcode == Op::Load) { // A local that is set in several places.
      const Place &From = Sh.F.Places[D->P];
      if (From.Base != Place::Local || !From.Path.empty() ||
          Sh.F.Locals[From.BaseIndex].Param)
        return MadeBy::Other;
      MadeBy M = MadeBy::Nobody;
      for (const Block &B : Sh.F.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.P != None && Sh.F.Places[I.P].Base == Place::Local &&
              Sh.F.Places[I.P].BaseIndex == From.BaseIndex &&
              Sh.F.Places[I.P].Path.empty()) {
            if (I.Opcode == Op::Store)
              M = join(M, madeBy(Fn, I.A, Depth + 4));
            else if (I.Opcode != Op::Load)
              return MadeBy::Other;
          }
      return M;
    }
    if (D->Opcode != Op::Call || D->Callee == None)
      return MadeBy::Other;
    StringRef Name = P.str(P.Callees[D->Callee].Name);
    if (copiesString(Name))
      return MadeBy::String;
    uint32_t Body = P.BodyOf[D->Callee];
    if (Body == None) {
      LibEffect L = libraryEffect(Name, D->Args.size());
      bool Makes = L.Kind == LibKind::Alloc || L.Kind == LibKind::AllocZero ||
                   L.Kind == LibKind::AllocNonNull ||
                   L.Kind == LibKind::Realloc;
      bool Memory = Name.contains("alloc") || Name.contains("dup") ||
                    Name.contains("realpath") || Name.contains("operator new");
      return (Makes && Memory) || P.Callees[D->Callee].MallocLike
                 ? MadeBy::Memory
                 : MadeBy::Other;
    }
    MadeBy M = MadeBy::Nobody;
    for (uint32_t B : C.graph(Body).Order)
      if (const Terminator &T = P.Functions[Body].Blocks[B].Term;
          T.Kind == Terminator::Return)
        M = join(M, isListed(Body, T.Cond) ? MadeBy::Other
                                           : madeBy(Body, T.Cond, Depth + 1));
    return M;
  }

  /// Whether the record is a part of an interface that the program offers and
  /// does not use itself.
  bool isPublic(const Subject &S) {
    if (S.T.Record == None || P.Records[S.T.Record].InMainFile ||
        any_of(S.T.Path, [&](const PathElem &E) {
          return E.Kind == PathElem::Field &&
                 P.Records[E.Record].Fields[E.Index].Private;
        }))
      return false;
    uint32_t Header = S.Decl.File;
    if (Header >= P.Files.size())
      return false;
    if (!Offered) {
      Offered.emplace();
      for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
        const facts::Callee &Ce = P.Callees[P.Functions[Fn].Callee];
        if (Ce.Link != Linkage::External || !Ce.DeclaredInHeader)
          continue;
        auto &[Declared, Unused] = (*Offered)[Ce.Decl.File];
        ++Declared;
        if (P.SitesOf[Fn].empty() && !Ce.AddressTaken && !P.isPrivate(Fn)) {
          ++Unused;
          ++NumOffered;
        }
      }
    }
    StringRef Path = P.str(P.Files[Header].Path);
    StringRef Name = sys::path::filename(Path);
    auto It = Offered->find(Header);
    unsigned Unused = It == Offered->end() ? 0 : It->second.second;
    if (("/" + Path).str().find("/include/") != std::string::npos && Unused)
      return true;
    // A few functions that nobody calls make no library.
    constexpr unsigned Few = 8;
    if (NumOffered < Few || Name.contains("private") ||
        Name.contains("internal"))
      return false;
    if (P.Main != None)
      return false; // What a program declares is its own.
    return It == Offered->end() || Unused;
  }

  /// Whether the end of the target does something that is seen elsewhere.
  bool hasEffectAtEnd(const Subject &S) const {
    const Type *T = &P.Types[P.Types[S.T.Type].Elem];
    if (S.Kind == OwnerKind::Container)
      T = &P.Types[T->Elem];
    if (S.Kind == OwnerKind::Function)
      return false;
    if (T->Kind != TypeKind::Record || T->Record == None)
      return S.Kind == OwnerKind::Optional;
    const facts::Record &Rec = P.Records[T->Record];
    // Handles of libraries stand for more than memory; values do not.
    StringRef Name = P.str(Rec.Name);
    bool Value = Name.starts_with("std::") &&
                 (Name.contains("basic_string") || Name.contains("vector") ||
                  Name.contains("map") || Name.contains("set"));
    if (Rec.System && !Value)
      return true;
    return Rec.UserDtor || Rec.Polymorphic || !Rec.Fields.size();
  }

  /// Whether the place is something inside the field's target.
  static bool goesDeeper(const Subject &S, const Place &Pl) {
    return !Pl.Path.empty() && Pl.Path.back().Kind != PathElem::Field &&
           (S.T.Path.empty() || S.T.Path.back().Kind == PathElem::Field);
  }

  bool copied(const Subject &S) const {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      if (F.Implicit || S.T.Record == None)
        continue;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::CopyRec &&
              P.Types[F.Places[I.P].Type].Record == S.T.Record)
            return true;
    }
    return false;
  }

  /// The value that \p I stores has another holder, or none that can be told.
  bool isShared(uint32_t Fn, const Instr &I, const Subject &S) {
    if (I.A.Kind != Operand::Reg)
      return true; // A function, a literal.
    const Shape Sh(P, Fn);
    const Function &F = Sh.F;
    std::string V = Sh.value(I.A);
    const Instr *Made = Sh.origin(I.A);
    bool Smart = S.Kind != OwnerKind::None;
    bool Allocates =
        Made && (Made->Opcode == Op::New || Made->Opcode == Op::Call);
    if (!Smart && (!Allocates || keepsCopy(*Made)))
      return true; // Somebody else's, perhaps.
    auto Same = [&](const Operand &O) {
      if (O.Kind != Operand::Reg)
        return false;
      std::string X = Sh.value(O);
      return X == V || StringRef(X).starts_with("&" + V + "->");
    };
    for (const Block &B : F.Blocks) {
      if (B.Term.Kind == Terminator::Return && Same(B.Term.Cond))
        return true;
      for (const Instr &J : B.Instrs) {
        if (J.Opcode == Op::Store && &J != &I && Same(J.A) &&
            F.Places[J.P].Base != Place::Local)
          return true;
        // Arithmetic on it, a list it is put in: a copy of its address.
        if (J.Opcode == Op::Bin && !Smart && (Same(J.A) || Same(J.B)))
          return true;
        if (!Smart && J.Opcode == Op::Call)
          for (unsigned A = 0; A < J.Args.size(); ++A)
            if (Same(J.Args[A]) && J.Callee != None &&
                P.BodyOf[J.Callee] != None)
              return true;
      }
    }
    return false;
  }

  /// Whether the function only hands on what \p I stores: it takes no pointer
  /// that the target would have to be kept alive for.
  bool isSole(const Subject &S, uint32_t Fn, const Instr &I) const {
    const Shape Sh(P, Fn);
    const Function &F = Sh.F;
    const Instr *D = Sh.def(I.A);
    if (!D)
      return false;
    if (S.Kind != OwnerKind::Shared || D->Opcode != Op::Load)
      return false;
    const Place &From = F.Places[D->P];
    uint32_t L = From.BaseIndex;
    if (From.Base != Place::Local || !From.Path.empty() || L >= F.NumParams)
      return false;
    // The argument is moved here, and nothing looks at it before.
    DenseSet<uint32_t> Loads;
    for (const Block &B : F.Blocks)
      for (const Instr &J : B.Instrs)
        if (J.P != None && F.Places[J.P].Base == Place::Local &&
            F.Places[J.P].BaseIndex == L) {
          if (J.Opcode == Op::Addr)
            return false;
          if (J.Opcode == Op::Load)
            Loads.insert(J.Dst);
        }
    auto Is = [&](const Operand &O) {
      return O.Kind == Operand::Reg && Loads.count(uint32_t(O.Value));
    };
    for (const Block &B : F.Blocks)
      for (const Instr &J : B.Instrs) {
        for (uint32_t Pl : {J.P, J.P2})
          if (Pl != None && Is(F.Places[Pl].Ptr))
            return false;
        if (any_of(J.Args, Is) || (J.Opcode == Op::Use && Is(J.A)) ||
            (J.Opcode == Op::Store && &J != &I && Is(J.A)))
          return false;
      }
    return true;
  }

  /// Whether a pointer to the target, or into it, is kept or handed to code of
  /// the program.
  bool getsOut(uint32_t Fn, uint32_t Reg, unsigned Depth) const {
    if (Depth > 5)
      return true;
    const Function &F = P.Functions[Fn];
    auto Is = [&](const Operand &O) {
      return O.Kind == Operand::Reg && uint32_t(O.Value) == Reg;
    };
    for (const Block &B : F.Blocks) {
      if (B.Term.Kind == Terminator::Return && Is(B.Term.Cond))
        return true;
      for (const Instr &U : B.Instrs) {
        bool Through = U.P != None && F.Places[U.P].Base == Place::Deref &&
                       Is(F.Places[U.P].Ptr);
        bool Pointer =
            U.Dst != None && P.Types[U.Type        ? U.Type
                                     : U.P != None ? F.Places[U.P].Type
                                                   : U.Type]
                                     .Kind == TypeKind::Pointer;
        if ((Through &&
             (U.Opcode == Op::Addr || (U.Opcode == Op::Load && Pointer))) ||
            ((U.Opcode == Op::Move || U.Opcode == Op::Bin) &&
             (Is(U.A) || Is(U.B)) && Pointer))
          if (getsOut(Fn, U.Dst, Depth + 1))
            return true;
        if (U.Opcode == Op::Store && Is(U.A)) {
          const Place &Pl = F.Places[U.P];
          if (Pl.Base != Place::Local || !Pl.Path.empty())
            return true;
          for (const Block &X : F.Blocks)
            for (const Instr &L : X.Instrs)
              if (L.Opcode == Op::Load && F.Places[L.P].Base == Place::Local &&
                  F.Places[L.P].BaseIndex == Pl.BaseIndex && L.Dst != Reg &&
                  getsOut(Fn, L.Dst, Depth + 1))
                return true;
        }
        if (U.Opcode == Op::Call) {
          if (Is(U.A))
            return true;
          for (unsigned A = 0; A < U.Args.size(); ++A)
            if (Is(U.Args[A]) && !isFree(U, A) &&
                (U.Callee == None || !P.Callees[U.Callee].SystemDecl))
              return true;
        }
      }
    }
    return false;
  }

  /// Whether the function that \p Made calls puts what it returns elsewhere,
  /// too, or is not seen to make it.
  bool keepsCopy(const Instr &Made) const {
    if (Made.Opcode != Op::Call || Made.Callee == None ||
        P.BodyOf[Made.Callee] == None)
      return false;
    const Shape Sh(P, P.BodyOf[Made.Callee]);
    for (const Block &B : Sh.F.Blocks) {
      if (B.Term.Kind != Terminator::Return || B.Term.Cond.Kind != Operand::Reg)
        continue;
      std::string V = Sh.value(B.Term.Cond);
      const Instr *D = Sh.origin(B.Term.Cond);
      if (!D || (D->Opcode != Op::New && D->Opcode != Op::Call))
        return true;
      for (const Block &X : Sh.F.Blocks)
        for (const Instr &I : X.Instrs)
          if (I.Opcode == Op::Store && Sh.value(I.A) == V &&
              Sh.F.Places[I.P].Base != Place::Local)
            return true;
    }
    return false;
  }

  bool isFree(const Instr &I, unsigned Arg) const {
    if (I.Callee == None)
      return false;
    StringRef Name = P.str(P.Callees[I.Callee].Name);
    for (const UserFree &U : Frees)
      if (U.Name == Name && U.Arg == Arg)
        return true;
    if (P.BodyOf[I.Callee] != None)
      return false;
    LibEffect L = libraryEffect(Name, I.Args.size());
    if ((L.Kind == LibKind::Free || L.Kind == LibKind::Release ||
         L.Kind == LibKind::FreeAndNull) &&
        L.Arg == Arg)
      return true;
    return Arg < 64 && (P.Callees[I.Callee].TakesArgs >> Arg & 1);
  }

  /// Whether the value loaded by \p I is more than tested, filled or released.
  bool isRead(const Subject &S, uint32_t Fn, const Block &B, const Instr &I) {
    // Putting something into a container looks at what it holds.
    if (S.Kind == OwnerKind::Container) {
      const Function &F = P.Functions[Fn];
      for (const Instr &J : B.Instrs)
        if (J.Opcode == Op::Store && isPlaceOf(S.T, F.Places[J.P]) &&
            J.A.Kind == Operand::Reg && J.Loc.Line == I.Loc.Line &&
            J.Loc.Col == I.Loc.Col)
          return false;
    }
    return regRead(Fn, I.Dst, 0);
  }

  bool regRead(uint32_t Fn, uint32_t Reg, unsigned Depth) {
    if (Depth > 6)
      return true;
    if (!Seen.insert({Fn, Reg, 0}).second)
      return false;
    const Function &F = P.Functions[Fn];
    auto Is = [&](const Operand &O) {
      return O.Kind == Operand::Reg && uint32_t(O.Value) == Reg;
    };
    for (const Block &B : F.Blocks) {
      if ((B.Term.Kind == Terminator::Return ||
           B.Term.Kind == Terminator::Switch) &&
          Is(B.Term.Cond))
        return true;
      for (const Instr &U : B.Instrs) {
        bool Through = false;
        for (uint32_t Pl : {U.P, U.P2})
          Through |= Pl != None && F.Places[Pl].Base == Place::Deref &&
                     Is(F.Places[Pl].Ptr);
        if (Through) {
          switch (U.Opcode) {
          case Op::Store:
          case Op::Zero:
          case Op::Havoc:
            Filled = true;
            break;
          case Op::Load: { // What lies there may be released, too.
            const Type &T = P.Types[U.Type ? U.Type : F.Places[U.P].Type];
            if (T.Kind != TypeKind::Pointer || T.Owner != OwnerKind::None ||
                regRead(Fn, U.Dst, Depth + 1))
              return true;
            break;
          }
          case Op::Addr:
            if (regRead(Fn, U.Dst, Depth + 1))
              return true;
            break;
          default:
            return true;
          }
        }
        switch (U.Opcode) {
        case Op::Store:
          if (Is(U.A)) {
            const Place &Pl = F.Places[U.P];
            if (Pl.Base != Place::Local || !Pl.Path.empty() ||
                localRead(Fn, Pl.BaseIndex, Depth + 1))
              return true;
          }
          break;
        case Op::Move:
          if (Is(U.A) && regRead(Fn, U.Dst, Depth + 1))
            return true;
          break;
        case Op::Bin:
          if ((Is(U.A) || Is(U.B)) &&
              (P.Types[U.Type].Kind != TypeKind::Pointer ||
               regRead(Fn, U.Dst, Depth + 1)))
            return true;
          break;
        case Op::Cmp: {
          // A test for null says nothing of what is there.
          const Operand &Other = Is(U.A) ? U.B : U.A;
          if ((Is(U.A) || Is(U.B)) && Other.Kind == Operand::Reg)
            return true;
          break;
        }
        case Op::Use:
          if (Is(U.A))
            return true;
          break;
        case Op::Call:
          if (Is(U.A))
            return true;
          for (unsigned A = 0; A < U.Args.size(); ++A)
            if (Is(U.Args[A]) && argRead(Fn, U, A, Depth + 1))
              return true;
          break;
        default:
          break;
        }
      }
    }
    return false;
  }

  bool argRead(uint32_t Fn, const Instr &U, unsigned Arg, unsigned Depth) {
    if (isFree(U, Arg) || U.Destroys)
      return false;
    if (Arg == 0 && U.Callee != None && P.BodyOf[U.Callee] == None &&
        writesFirst(P.str(P.Callees[U.Callee].Name))) {
      Filled = true;
      return U.Dst != None && P.Types[U.Type].Kind == TypeKind::Pointer &&
             regRead(Fn, U.Dst, Depth + 1);
    }
    if (U.Callee == None || U.Virtual || P.BodyOf[U.Callee] == None)
      return true;
    uint32_t Body = P.BodyOf[U.Callee];
    if (P.Functions[Body].Dtor)
      return false; // What it reads there keeps nothing alive.
    return Arg >= P.Functions[Body].NumParams || localRead(Body, Arg, Depth);
  }

  bool localRead(uint32_t Fn, uint32_t Local, unsigned Depth) {
    if (!Seen.insert({Fn, Local, 1}).second)
      return false;
    const Function &F = P.Functions[Fn];
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.P == None || F.Places[I.P].Base != Place::Local ||
            F.Places[I.P].BaseIndex != Local)
          continue;
        if (I.Opcode == Op::Load ? regRead(Fn, I.Dst, Depth + 1)
                                 : I.Opcode == Op::Addr)
          return true;
      }
    return false;
  }

  void report(const Subject &S, const Where &At) {
    Finding F;
    F.Check = "retsan-unread-owner";
    F.SubjectId = S.Id;
    F.Subject = S.Name;
    F.Record = S.Record;
    F.Field = S.FieldPath;
    F.Object = S.Object;
    F.Suspect = {S.Id, S.Name, S.RecordKey, S.IdPath};
    F.Decl = {"", R.file(S.Decl.File), S.Decl.Line};
    F.File = F.Decl.File;
    F.Line = F.Decl.Line;
    PlaceRef Set = R.place(At);
    F.Function = Set.Function;
    F.State.push_back({S.FieldPath, "non-null"});
    bool Ours = isOurs(S);
    F.Level = Confidence::Medium;
    // What a header shares may be held to keep alive what others point to.
    bool Alone =
        Sole && (S.T.Record == None || P.Records[S.T.Record].InMainFile);
    if (Ours && !Filled &&
        (S.Kind == OwnerKind::Unique || S.Kind == OwnerKind::Function || Alone))
      F.Level = Confidence::High;
    if (InCtor) {
      F.Level = Confidence::Medium;
      F.Reasons.push_back("the constructor reads it while the object is made");
    }
    if (Filled)
      F.Reasons.push_back("it is filled and not read");
    if (!Ours)
      F.Reasons.push_back("others may read the field: a header shows it");
    if (!Ours && shownToClients(S))
      F.Level = Confidence::Low;
    if (isLeftOut(P, S.T)) {
      F.Level = Confidence::Low;
      F.Reasons.push_back("code that this build leaves out names it");
    }
    if (S.Kind == OwnerKind::Shared && !Alone)
      F.Reasons.push_back("it may be there to keep its target alive");
    F.Message = "'" + S.Name +
                "' owns memory that no function uses: it is set" +
                (Set.Function.empty() ? "" : " in " + Set.Function) +
                " and only released";
    F.Why = "No function reads it other than to test or release it.";
    F.Fix = "drop the field, or release its target as soon as it is made";
    WitnessStep W;
    W.Call = Set.Function;
    W.File = Set.File;
    W.Line = Set.Line;
    W.Note = S.FieldPath + " set here";
    F.Witness.push_back(std::move(W));
    F.Stores.push_back(Set);
    if (!S.Retained.empty())
      F.Suppressed = "RETSAN_RETAINED: " + S.Retained;
    Out.push_back(std::move(F));
  }

  /// Whether the record is declared where a library keeps its public headers.
  bool shownToClients(const Subject &S) const {
    return S.Decl.File < P.Files.size() &&
           P.str(P.Files[S.Decl.File].Path).contains("/include/");
  }

  /// Whether all code that can name the field is seen.
  bool isOurs(const Subject &S) const {
    if (P.Main != None)
      return true;
    if (S.T.Global != None)
      return P.Globals[S.T.Global].Link == Linkage::Internal;
    const facts::Record &Rec = P.Records[S.T.Record];
    return Rec.InMainFile || any_of(S.T.Path, [&](const PathElem &E) {
             return E.Kind == PathElem::Field &&
                    P.Records[E.Record].Fields[E.Index].Private;
           });
  }

  const Context &C;
  const Program &P;
  const std::vector<UserFree> &Frees;
  const Renderer &R;
  std::vector<Finding> &Out;
  std::set<std::tuple<uint32_t, uint32_t, int>> Seen;
  /// Of each header: functions that it declares, those of them that nothing
  /// calls.
  std::optional<std::map<uint32_t, std::pair<unsigned, unsigned>>> Offered;
  unsigned NumOffered = 0;
  bool Filled = false; ///< Something is written into the target.
  bool InCtor = false; ///< Read by the object's constructor only.
  bool Sole = true;    ///< All that is stored is only handed on.
};

} // namespace

void findUnread(const Context &C, const std::vector<UserFree> &Frees,
                ArrayRef<Subject> Subjects, const Renderer &R,
                std::vector<Finding> &Out) {
  Unread U(C, Frees, R, Out);
  for (const Subject &S : Subjects)
    U.ask(S);
}

void weighUnread(const Context &C, const std::vector<UserFree> &Frees,
                 ArrayRef<Subject> Subjects, const Renderer &R,
                 MutableArrayRef<Finding> Found) {
  std::vector<Finding> None;
  Unread U(C, Frees, R, None);
  for (Finding &F : Found)
    if (F.Check == "retsan-unread-owner")
      if (const Subject *S = find_if(
              Subjects, [&](const Subject &X) { return X.Id == F.SubjectId; });
          S != Subjects.end())
        U.weigh(*S, F);
}

} // namespace retsan::solve
