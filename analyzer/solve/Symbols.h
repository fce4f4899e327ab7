//===- Symbols.h - values, symbols and locations of the executor ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The executor computes with symbols. The key one is Init(L): what location L
// held when the function was entered. "This path uses the field" is then "this
// path uses the symbol Init(field)", so that local copies, moves between
// fields, swaps and reads after an overwrite all come out right without more
// machinery.
//
// Locations form a tree: a root (a global, a local, what a symbol points to)
// and steps into it. Steps into base classes are left out, so that a field
// means the same location whether it is reached through the base or the derived
// class. Everything is interned: equal things have equal numbers.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_SYMBOLS_H
#define RETSAN_ANALYZER_SOLVE_SYMBOLS_H

#include "analyzer/solve/Program.h"
#include "llvm/ADT/DenseMap.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

namespace retsan::solve {

using SymId = uint32_t;
using LocId = uint32_t;

/// A place in the program, for reports.
struct Where {
  uint32_t Fn = None;
  facts::SrcLoc Loc;
  explicit operator bool() const { return Fn != None; }
};

/// An abstract value.
struct Val {
  enum KindTy : uint8_t {
    Unknown,
    Int,  ///< The constant N; null is Int 0.
    Sym,  ///< Symbol N.
    Addr, ///< Address of location N; never null.
    Func, ///< Address of callee N.
    Str,  ///< Address of constant data.
    Cond, ///< Outcome of comparison N of the table.
    Bits, ///< (Symbol & Keep) | Set, entry N of the table.
  } Kind = Unknown;
  bool Interior = false; ///< Pointer arithmetic was applied.
  int64_t N = 0;

  static Val integer(int64_t N) { return {Int, false, N}; }
  static Val sym(SymId S) { return {Sym, false, S}; }
  static Val addr(LocId L) { return {Addr, false, L}; }
  bool isNull() const { return Kind == Int && N == 0; }
  bool isSym() const { return Kind == Sym; }
  friend bool operator==(const Val &A, const Val &B) {
    return A.Kind == B.Kind && A.N == B.N && A.Interior == B.Interior;
  }
  friend bool operator!=(const Val &A, const Val &B) { return !(A == B); }
};

/// What is known of a scalar or pointer: an interval and a few holes.
struct Con {
  static constexpr int64_t Min = std::numeric_limits<int64_t>::min();
  static constexpr int64_t Max = std::numeric_limits<int64_t>::max();
  int64_t Lo = Min, Hi = Max;
  uint8_t NumNe = 0;
  int64_t Ne[3] = {0, 0, 0};

  static Con exactly(int64_t V) { return {V, V, 0, {0, 0, 0}}; }
  bool top() const { return Lo == Min && Hi == Max && !NumNe; }
  bool empty() const { return Lo > Hi; }
  bool isConst() const { return Lo == Hi; }
  bool contains(int64_t V) const;
  /// Whether some value satisfies both.
  bool meets(const Con &O) const {
    if (NumNe || O.NumNe) {
      Con C = *this;
      return C.intersect(O);
    }
    return std::max(Lo, O.Lo) <= std::min(Hi, O.Hi);
  }
  bool excludesZero() const { return !contains(0); }
  /// Adds the condition `x Op V`; false if nothing is left.
  bool refine(facts::CmpOp Op, int64_t V);
  bool intersect(const Con &O);
  /// Smallest constraint that both imply.
  static Con hull(const Con &A, const Con &B);
  friend bool operator==(const Con &A, const Con &B) {
    if (A.Lo != B.Lo || A.Hi != B.Hi || A.NumNe != B.NumNe)
      return false;
    for (unsigned I = 0; I < A.NumNe; ++I)
      if (A.Ne[I] != B.Ne[I])
        return false;
    return true;
  }
};

facts::CmpOp negate(facts::CmpOp Op);
facts::CmpOp swapSides(facts::CmpOp Op);

struct Symbol {
  enum KindTy : uint8_t {
    Param,  ///< Value of parameter A at entry.
    Init,   ///< Value of location A at entry.
    Fresh,  ///< Memory allocated at site A.
    Opaque, ///< Value produced at site A, nothing known.
    Mask,   ///< Symbol A & B.
  } Kind;
  uint32_t A = 0;
  int64_t B = 0;
  uint8_t Depth = 0; ///< How many Init are nested.
  bool NotNull = false;
  Con Default; ///< From its type: bool, unsigned.
};

struct Location {
  enum KindTy : uint8_t {
    Global,
    LocalVar,
    Pointee,
    Field,
    Index,
    AnyIndex
  } Kind;
  LocId Parent = None;
  uint32_t A = 0;     ///< Global, local, symbol, record of the field, or index.
  uint32_t B = 0;     ///< Function of the local; index of the field.
  LocId Root = None;  ///< Where the parents end.
  uint32_t Level = 0; ///< Number of parents.
  bool Inner = false; ///< Some location is within it.
};

struct Comparison {
  facts::CmpOp Op;
  Val A, B;
};

struct BitsOf {
  SymId S;
  int64_t Keep, Set;
};

/// A set of symbols that is emptied in no time.
class SymSet {
public:
  void clear() {
    if (++Now == 0) {
      std::fill(Stamps.begin(), Stamps.end(), 0);
      Now = 1;
    }
  }
  void insert(SymId S) {
    if (S >= Stamps.size())
      Stamps.resize(S + S / 2 + 64);
    Stamps[S] = Now;
  }
  bool count(SymId S) const { return S < Stamps.size() && Stamps[S] == Now; }

private:
  std::vector<uint32_t> Stamps;
  uint32_t Now = 1;
};

/// Interns symbols and locations.
class Symbols {
public:
  std::vector<Symbol> Syms;
  std::vector<Location> Locs;
  std::vector<Comparison> Conds;
  std::vector<BitsOf> Bits;

  SymId param(uint32_t I, Con Default = {});
  SymId init(LocId L, Con Default = {});
  /// \p Gen tells the two newest things made at one site apart.
  /// Names that one site has for what it makes: one may be kept in memory, one
  /// in a variable, while the next is made.
  static constexpr unsigned Generations = 3;
  SymId fresh(uint32_t Site, bool NotNull, unsigned Gen = 0);
  SymId opaque(uint32_t Site, Con Default = {}, unsigned Gen = 0);
  /// The names that a site has given to what it makes; None where it has not.
  using Names = std::array<SymId, Generations>;
  Names freshOf(uint32_t Site, bool NotNull) const {
    return namesIn(FreshOf, 2 * Generations * size_t(Site) + NotNull, 2);
  }
  Names opaquesOf(uint32_t Site) const {
    return namesIn(OpaqueOf, Generations * size_t(Site), 1);
  }
  SymId mask(SymId S, int64_t M);
  /// A number for whatever tells one site from another.
  uint32_t site(uint32_t Kind, uint32_t A, uint32_t B, uint32_t C);

  LocId global(uint32_t G) { return loc({Location::Global, None, G, 0}); }
  LocId local(uint32_t Fn, uint32_t L) {
    return loc({Location::LocalVar, None, L, Fn});
  }
  LocId pointee(SymId S);
  LocId field(LocId P, uint32_t Record, uint32_t Idx) {
    return loc({Location::Field, P, Record, Idx});
  }
  LocId index(LocId P, uint32_t I) { return loc({Location::Index, P, I, 0}); }
  LocId anyIndex(LocId P) { return loc({Location::AnyIndex, P, 0, 0}); }

  Val compare(facts::CmpOp Op, Val A, Val B);
  Val bits(SymId S, int64_t Keep, int64_t Set);

  LocId rootOf(LocId L) const { return Locs[L].Root; }
  bool isWithin(LocId L, LocId Ancestor) const;
  bool hasAnyIndex(LocId L) const;
  /// Depth of Init nesting that reaches the location.
  uint8_t depth(LocId L) const;
  /// Whether the location, or the symbol, means something to a caller: its root
  /// is a global or reached from a parameter.
  bool exportable(LocId L) const;
  bool exportableSym(SymId S) const;

private:
  LocId loc(Location L);
  SymId sym(Symbol S);
  static Names namesIn(llvm::ArrayRef<uint32_t> Table, size_t I, size_t Step) {
    Names N;
    for (SymId &S : N) {
      S = I < Table.size() ? Table[I] : None;
      I += Step;
    }
    return N;
  }
  template <typename Make>
  uint32_t numbered(std::vector<uint32_t> &Table, size_t I, Make New);

  /// Three numbers under one cheap hash: these tables are asked at every step.
  struct Triple {
    uint64_t A, B;
    uint32_t C;
    friend bool operator==(const Triple &X, const Triple &Y) {
      return X.A == Y.A && X.B == Y.B && X.C == Y.C;
    }
  };
  struct TripleInfo {
    static Triple getEmptyKey() { return {~uint64_t(0), 0, 0}; }
    static Triple getTombstoneKey() { return {~uint64_t(0), 1, 0}; }
    static unsigned getHashValue(const Triple &T) {
      uint64_t H = T.A * 0x9E3779B97F4A7C15ull ^ T.B * 0xC2B2AE3D27D4EB4Full ^
                   T.C * 0x165667B19E3779F9ull;
      return unsigned(H >> 32) ^ unsigned(H);
    }
    static bool isEqual(const Triple &X, const Triple &Y) { return X == Y; }
  };
  /// What is named by one small number needs no hash: by location, by symbol,
  /// by site and what tells things of one site apart.
  std::vector<uint32_t> InitOf, PointeeOf, FreshOf, OpaqueOf, ParamOf;
  llvm::DenseMap<Triple, SymId, TripleInfo> SymIds;
  llvm::DenseMap<Triple, LocId, TripleInfo> LocIds;
  llvm::DenseMap<Triple, uint32_t, TripleInfo> SiteIds;
  llvm::DenseMap<std::tuple<uint64_t, uint64_t, uint64_t>, uint32_t> CondIds;
  llvm::DenseMap<std::tuple<uint32_t, int64_t, int64_t>, uint32_t> BitsIds;
};

} // namespace retsan::solve

#endif
