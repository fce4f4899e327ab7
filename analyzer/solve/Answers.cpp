//===- Answers.cpp - a subject's answer as bytes --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function lists the members of each struct; the archive that it is given
// writes or reads them, so that the two cannot disagree. The reader takes
// nothing on trust: a count cannot exceed the bytes that are left.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Answers.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

#include <cstring>
#include <type_traits>

using namespace llvm;

namespace retsan::solve {

namespace {

/// Around a line in a text: `anchor+offset` instead of digits.
constexpr char Opens = '\x01', Closes = '\x02';

class Writer {
public:
  explicit Writer(const PlaceCoder *Places) : Places(Places) {}
  std::string Out;
  bool Exact = false; ///< Some line is kept as it is.
  bool Good = true;
  void number(uint64_t &N) {
    char B[8];
    support::endian::write64le(B, N);
    Out.append(B, 8);
  }
  void text(std::string &S) {
    std::string Lasting = Places ? lasting(S) : S;
    uint64_t N = Lasting.size();
    number(N);
    Out += Lasting;
  }
  template <typename T> void count(std::vector<T> &V) {
    uint64_t N = V.size();
    number(N);
  }
  void line(StringRef File, uint32_t &Line, StringRef Function) {
    PlaceCoder::Fixed F = fix(File, Line, Function);
    uint64_t Offset = F.Offset;
    number(F.Anchor);
    number(Offset);
  }

private:
  PlaceCoder::Fixed fix(StringRef File, uint32_t Line, StringRef Function) {
    if (!Places || !Line)
      return {0, Line};
    PlaceCoder::Fixed F = Places->fix(File, Line, Function);
    Exact |= !F.Anchor;
    return F;
  }

  /// The text with all `file:line` in it made to last.
  std::string lasting(StringRef S) {
    Good &= !S.contains(Opens);
    std::string Result;
    size_t Done = 0;
    for (size_t At = S.find(':'); At != S.npos; At = S.find(':', At + 1)) {
      StringRef Digits = S.substr(At + 1).take_while(isDigit);
      uint32_t Line;
      if (Digits.getAsInteger(10, Line))
        continue;
      for (size_t Begin = Done; Begin < At; ++Begin) {
        StringRef File = S.slice(Begin, At);
        if (!Places->isFile(File))
          continue;
        PlaceCoder::Fixed F = fix(File, Line, "");
        Result += S.slice(Done, At + 1);
        Result += Opens + utostr(F.Anchor) + '+' + utostr(F.Offset) + Closes;
        Done = At + 1 + Digits.size();
        break;
      }
    }
    return Result + S.substr(Done).str();
  }

  const PlaceCoder *Places;
};

class Source {
public:
  Source(StringRef In, const PlaceCoder *Places) : In(In), Places(Places) {}
  void number(uint64_t &N) {
    N = 0;
    if (In.size() < 8) {
      Good = false;
      return;
    }
    N = support::endian::read64le(In.data());
    In = In.drop_front(8);
  }
  void text(std::string &S) {
    uint64_t N;
    number(N);
    if (N > In.size()) {
      Good = false;
      return;
    }
    StringRef Lasting = In.take_front(N);
    In = In.drop_front(N);
    if (!Places) {
      S = Lasting.str();
      return;
    }
    S.clear();
    while (true) {
      auto [Before, After] = Lasting.split(Opens);
      S += Before;
      if (After.data() == nullptr || Before.size() == Lasting.size())
        return;
      auto [Place, Rest] = After.split(Closes);
      auto [Anchor, Offset] = Place.split('+');
      PlaceCoder::Fixed F;
      if (Anchor.getAsInteger(10, F.Anchor) ||
          Offset.getAsInteger(10, F.Offset)) {
        Good = false;
        return;
      }
      S += utostr(found(F));
      Lasting = Rest;
    }
  }
  template <typename T> void count(std::vector<T> &V) {
    uint64_t N;
    number(N);
    if (N > In.size())
      Good = false;
    else
      V.resize(N);
  }
  void line(StringRef, uint32_t &Line, StringRef) {
    PlaceCoder::Fixed F;
    uint64_t Offset;
    number(F.Anchor);
    number(Offset);
    F.Offset = static_cast<uint32_t>(Offset);
    Line = found(F);
  }
  StringRef In;
  bool Good = true;

private:
  uint32_t found(const PlaceCoder::Fixed &F) {
    uint32_t Line = F.Offset;
    if (F.Anchor)
      Good &= Places && Places->find(F, Line);
    return Line;
  }

  const PlaceCoder *Places;
};

template <typename A> void io(A &Ar, std::string &S) { Ar.text(S); }
template <typename A> void io(A &Ar, double &D) {
  uint64_t N;
  static_assert(sizeof(N) == sizeof(D));
  std::memcpy(&N, &D, sizeof(N));
  Ar.number(N);
  std::memcpy(&D, &N, sizeof(N));
}
template <typename A, typename T>
std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>> io(A &Ar, T &V) {
  uint64_t N = static_cast<uint64_t>(V);
  Ar.number(N);
  V = static_cast<T>(N);
}
template <typename A, typename T, typename U>
void io(A &Ar, std::pair<T, U> &P) {
  io(Ar, P.first);
  io(Ar, P.second);
}
template <typename A> void io(A &Ar, PlaceRef &P);
template <typename A> void io(A &Ar, WitnessStep &W);
template <typename A> void io(A &Ar, Atom &X);
template <typename A> void io(A &Ar, SubjectRef &S);
template <typename A> void io(A &Ar, StateNode &N);
template <typename A> void io(A &Ar, StateEdge &E);
template <typename A> void io(A &Ar, retsan::Reader &R);
template <typename A> void io(A &Ar, retsan::Skipped &S);
template <typename A> void io(A &Ar, Finding &F);
template <typename A, typename T> void io(A &Ar, std::vector<T> &V) {
  Ar.count(V);
  for (T &X : V)
    io(Ar, X);
}
template <typename A, typename... Ts> void all(A &Ar, Ts &...Members) {
  (io(Ar, Members), ...);
}

template <typename A> void io(A &Ar, PlaceRef &P) {
  all(Ar, P.Function, P.File);
  Ar.line(P.File, P.Line, P.Function);
}
template <typename A> void io(A &Ar, WitnessStep &W) {
  all(Ar, W.Call, W.File, W.Note, W.State);
  Ar.line(W.File, W.Line, "");
}
template <typename A> void io(A &Ar, Atom &X) {
  all(Ar, X.SubjectId, X.Name, X.Op, X.Value);
}
template <typename A> void io(A &Ar, SubjectRef &S) {
  all(Ar, S.SubjectId, S.Subject, S.RecordKey, S.Path);
}
template <typename A> void io(A &Ar, StateNode &N) {
  all(Ar, N.State, N.Start, N.Bad);
}
template <typename A> void io(A &Ar, StateEdge &E) {
  all(Ar, E.From, E.To, E.Call, E.File, E.Note);
  Ar.line(E.File, E.Line, "");
}
template <typename A> void io(A &Ar, retsan::Reader &R) {
  all(Ar, R.At, R.Needs);
}
template <typename A> void io(A &Ar, retsan::Skipped &S) {
  all(Ar, S.What, S.Why);
}
/// What a run, a baseline or a policy adds is not there yet.
template <typename A> void io(A &Ar, Finding &F) {
  all(Ar, F.Fingerprint, F.SubjectId, F.Check, F.Subject, F.Record, F.Field,
      F.Object, F.File, F.Function, F.Level, F.Message, F.Why, F.Fix, F.Suspect,
      F.Decl, F.State, F.Predicate, F.Phases, F.Witness, F.Stores, F.Uses,
      F.Tests, F.Releases, F.Clearers, F.Reasons, F.Suppressed, F.Graph.Nodes,
      F.Graph.Edges, F.Graph.Hidden, F.Readers);
  Ar.line(F.File, F.Line, F.Function);
}
// Who adds a member to Finding lists it above and gives the new size here.
static_assert(sizeof(Finding) == 1368, "list the new member");

template <typename A> void io(A &Ar, Answer &X) {
  all(Ar, X.Found, X.HitLimit, X.Capped);
}

} // namespace

std::string write(Answer &A, const PlaceCoder *Places) {
  Writer W(Places);
  io(W, A);
  if (!W.Good)
    return "";
  Writer Head(nullptr);
  uint64_t Exact = W.Exact ? Places->exact() : 0;
  Head.number(Exact);
  return Head.Out + W.Out;
}

bool read(StringRef Data, Answer &A, const PlaceCoder *Places) {
  Source R(Data, Places);
  uint64_t Exact;
  R.number(Exact);
  if (Exact && (!Places || Places->exact() != Exact))
    return false;
  io(R, A);
  return R.Good && R.In.empty();
}

} // namespace retsan::solve
