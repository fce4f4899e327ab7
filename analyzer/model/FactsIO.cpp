//===- FactsIO.cpp - facts files ------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A facts file is magic, version, payload length and xxh3 of the payload, then
// the unit. Each struct has one `io` function that lists its fields; the
// archive it is given decides whether they are written or read, so the two
// cannot disagree. Integers are LEB128 (signed ones zigzagged): most of a unit
// is small indices. The reader trusts nothing: a count may not exceed the bytes
// that are left.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Facts.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/xxhash.h"

#include <type_traits>

using namespace llvm;
using namespace retsan::facts;

static constexpr StringLiteral Magic("RetSanFx");
static constexpr size_t HeaderSize = 8 + 4 + 8 + 8;

namespace {

class Writer {
public:
  std::string Out;

  void number(uint64_t V) {
    while (V >= 0x80) {
      Out.push_back(static_cast<char>(V | 0x80));
      V >>= 7;
    }
    Out.push_back(static_cast<char>(V));
  }
  void raw(const std::string &S) { Out += S; }
};

class Reader {
public:
  explicit Reader(StringRef Data) : Data(Data) {}

  bool failed() const { return Failed; }
  bool atEnd() const { return Data.empty(); }

  uint64_t number() {
    uint64_t V = 0;
    for (unsigned Shift = 0; Shift < 64; Shift += 7) {
      if (Data.empty())
        return fail();
      uint8_t Byte = Data.front();
      Data = Data.drop_front();
      V |= static_cast<uint64_t>(Byte & 0x7f) << Shift;
      if (!(Byte & 0x80))
        return V;
    }
    return fail();
  }

  /// Number of elements that follow; each takes at least one byte.
  uint64_t count() {
    uint64_t N = number();
    return N > Data.size() ? fail() : N;
  }

  std::string raw(uint64_t N) {
    std::string S = Data.take_front(N).str();
    Data = Data.drop_front(N);
    return S;
  }

  uint64_t fail() {
    Failed = true;
    Data = StringRef();
    return 0;
  }

private:
  StringRef Data;
  bool Failed = false;
};

template <class T>
constexpr bool IsNumber = std::is_integral_v<T> || std::is_enum_v<T>;

uint64_t zigzag(int64_t V) {
  return (static_cast<uint64_t>(V) << 1) ^ static_cast<uint64_t>(V >> 63);
}
int64_t unzigzag(uint64_t V) {
  return static_cast<int64_t>((V >> 1) ^ (~(V & 1) + 1));
}

/// `None` is all ones: adding one makes the common absent index one byte.
template <class T> std::enable_if_t<IsNumber<T>> io(Writer &W, T &V) {
  if constexpr (std::is_same_v<T, int64_t>)
    W.number(zigzag(V));
  else if constexpr (std::is_same_v<T, uint32_t>)
    W.number(static_cast<uint32_t>(V + 1));
  else
    W.number(static_cast<uint64_t>(V));
}

template <class T> std::enable_if_t<IsNumber<T>> io(Reader &R, T &V) {
  uint64_t N = R.number();
  if constexpr (std::is_same_v<T, int64_t>) {
    V = unzigzag(N);
  } else if constexpr (std::is_same_v<T, uint32_t>) {
    if (N > UINT32_MAX)
      R.fail();
    V = static_cast<uint32_t>(N) - 1;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (N > 1)
      R.fail();
    V = N != 0;
  } else {
    V = static_cast<T>(N);
    if (static_cast<uint64_t>(V) != N)
      R.fail();
  }
}

void io(Writer &W, std::string &S) {
  W.number(S.size());
  W.raw(S);
}
void io(Reader &R, std::string &S) { S = R.raw(R.count()); }

template <class A, class T> void io(A &Ar, std::vector<T> &V);

template <class A, class... Ts> void all(A &Ar, Ts &...Vs) {
  (io(Ar, Vs), ...);
}

template <class A> void io(A &Ar, SrcLoc &L) { all(Ar, L.File, L.Line, L.Col); }

template <class A> void io(A &Ar, File &F) { all(Ar, F.Path, F.System); }

template <class A> void io(A &Ar, Type &T) {
  all(Ar, T.Kind, T.Owner, T.Signed, T.Const, T.Atomic, T.Volatile, T.SizeBytes,
      T.Elem, T.Record, T.ArrayCount, T.Spelling);
}

template <class A> void io(A &Ar, Field &F) {
  all(Ar, F.Name, F.Type, F.OffsetBits, F.Decl, F.BitField, F.Private,
      F.Mutable, F.LiveWhile, F.Retained);
}

template <class A> void io(A &Ar, Record &R) {
  all(Ar, R.Name, R.Usr, R.Key, R.LayoutHash, R.Decl, R.SizeBytes, R.Parent,
      R.NumBases, R.Union, R.Anonymous, R.System, R.InMainFile, R.Cxx,
      R.UserDtor, R.Polymorphic, R.Fields);
}

template <class A> void io(A &Ar, Operand &O) { all(Ar, O.Kind, O.Value); }

template <class A> void io(A &Ar, PathElem &E) {
  all(Ar, E.Kind, E.Record, E.Index, E.Reg);
}

template <class A> void io(A &Ar, Place &P) {
  all(Ar, P.Base, P.BaseIndex, P.Ptr, P.Path, P.Type);
}

template <class A> void io(A &Ar, Instr &I) {
  all(Ar, I.Opcode, I.Bop, I.Cop, I.Zeroed, I.Virtual, I.CopiesOwner, I.Init,
      I.InMacro, I.Maybe, I.Destroys, I.Dst, I.A, I.B, I.P, I.P2, I.Callee,
      I.Local, I.Type, I.Args, I.Loc);
}

template <class A> void io(A &Ar, SwitchCase &C) {
  all(Ar, C.Lo, C.Hi, C.Succ);
}

template <class A> void io(A &Ar, Terminator &T) {
  all(Ar, T.Kind, T.Cond, T.Succs, T.Cases, T.Loc);
}

template <class A> void io(A &Ar, Block &B) {
  all(Ar, B.Instrs, B.Term, B.Handler);
}

template <class A> void io(A &Ar, Local &L) {
  all(Ar, L.Name, L.Type, L.Param, L.Static, L.Decl);
}

template <class A> void io(A &Ar, Function &F) {
  all(Ar, F.Callee, F.ReleasesField, F.Loc, F.End, F.Record, F.Ctor, F.Dtor,
      F.Lambda, F.Implicit, F.InMainFile, F.InHeader, F.System, F.Coroutine,
      F.Private, F.TemplateInstance, F.HasSetjmp, F.NumParams, F.NumRegs,
      F.ReturnType, F.Locals, F.Places, F.Blocks);
}

template <class A> void io(A &Ar, Callee &C) {
  all(Ar, C.Usr, C.Name, C.Link, C.Method, C.VirtualMethod, C.NoReturn,
      C.MallocLike, C.NoThrow, C.SystemDecl, C.DeclaredInHeader, C.AddressTaken,
      C.TakesArgs, C.Decl, C.Overrides);
}

template <class A> void io(A &Ar, GlobalInit &I) { all(Ar, I.Path, I.Value); }

template <class A> void io(A &Ar, Global &G) {
  all(Ar, G.Usr, G.Name, G.Type, G.Link, G.Const, G.ThreadLocal,
      G.FunctionStatic, G.Defined, G.DynamicInit, G.System, G.InMainFile,
      G.LiveWhile, G.Retained, G.Decl, G.Inits);
}

template <class A> void io(A &Ar, NamedValue &V) { all(Ar, V.Value, V.Name); }

template <class A> void io(A &Ar, Enumeration &E) { all(Ar, E.Values); }

template <class A> void io(A &Ar, Naming &N) {
  all(Ar, N.Record, N.Index, N.Enum, N.Names);
}

template <class A> void io(A &Ar, Unit &U) {
  all(Ar, U.ToolVersion, U.MainFile, U.Command, U.Diagnostics, U.Strings,
      U.Files, U.Types, U.Records, U.Globals, U.Callees, U.Functions, U.LeftOut,
      U.Enums, U.Namings);
}

template <class A, class T> void io(A &Ar, std::vector<T> &V) {
  if constexpr (std::is_same_v<A, Writer>) {
    Ar.number(V.size());
    for (T &X : V)
      io(Ar, X);
  } else {
    uint64_t N = Ar.count();
    V.clear();
    // Grows as elements are really read: a forged count reserves nothing.
    for (uint64_t I = 0; I < N && !Ar.failed(); ++I)
      io(Ar, V.emplace_back());
  }
}

} // namespace

std::string retsan::facts::write(const Unit &U) {
  Writer W;
  W.Out.assign(HeaderSize, '\0');
  // The field lists are shared with reading, which needs them mutable.
  io(W, const_cast<Unit &>(U));
  StringRef Payload = StringRef(W.Out).drop_front(HeaderSize);
  uint64_t Length = Payload.size(), Hash = xxh3_64bits(Payload);
  std::copy(Magic.begin(), Magic.end(), W.Out.begin());
  support::endian::write32le(&W.Out[8], FormatVersion);
  support::endian::write64le(&W.Out[12], Length);
  support::endian::write64le(&W.Out[20], Hash);
  return std::move(W.Out);
}

static Error bad(StringRef Name, const Twine &Why) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           Name + ": " + Why);
}

Expected<Unit> retsan::facts::read(StringRef Buffer, StringRef Name) {
  if (!Buffer.starts_with(Magic)) {
    if (!Buffer.empty() && Magic.starts_with(Buffer))
      return bad(Name, "truncated RetSan facts file");
    return bad(Name, "not a RetSan facts file");
  }
  if (Buffer.size() < HeaderSize)
    return bad(Name, "truncated RetSan facts file");
  uint32_t Version = support::endian::read32le(Buffer.data() + 8);
  if (Version != FormatVersion)
    return bad(Name, "facts format " + Twine(Version) + ", this is " +
                         Twine(FormatVersion) + ": extract again");
  uint64_t Length = support::endian::read64le(Buffer.data() + 12);
  StringRef Payload = Buffer.drop_front(HeaderSize);
  if (Payload.size() < Length)
    return bad(Name, "truncated RetSan facts file (" + Twine(Payload.size()) +
                         " of " + Twine(Length) + " bytes)");
  if (Payload.size() > Length)
    return bad(Name, "damaged RetSan facts file (extra bytes at its end)");
  if (xxh3_64bits(Payload) != support::endian::read64le(Buffer.data() + 20))
    return bad(Name, "damaged RetSan facts file (wrong checksum)");

  Unit U;
  Reader R(Payload);
  io(R, U);
  if (R.failed() || !R.atEnd())
    return bad(Name, "damaged RetSan facts file");
  if (Error E = validate(U, Name))
    return E;
  return U;
}
