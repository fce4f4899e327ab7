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

#include "llvm/Support/Endian.h"

#include <cstring>
#include <type_traits>

using namespace llvm;

namespace retsan::solve {

namespace {

class Writer {
public:
  std::string Out;
  void number(uint64_t &N) {
    char B[8];
    support::endian::write64le(B, N);
    Out.append(B, 8);
  }
  void text(std::string &S) {
    uint64_t N = S.size();
    number(N);
    Out += S;
  }
  template <typename T> void count(std::vector<T> &V) {
    uint64_t N = V.size();
    number(N);
  }
};

class Source {
public:
  explicit Source(StringRef In) : In(In) {}
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
    S = In.take_front(N).str();
    In = In.drop_front(N);
  }
  template <typename T> void count(std::vector<T> &V) {
    uint64_t N;
    number(N);
    if (N > In.size())
      Good = false;
    else
      V.resize(N);
  }
  StringRef In;
  bool Good = true;
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
  all(Ar, P.Function, P.File, P.Line);
}
template <typename A> void io(A &Ar, WitnessStep &W) {
  all(Ar, W.Call, W.File, W.Line, W.Note, W.State);
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
  all(Ar, E.From, E.To, E.Call, E.File, E.Line, E.Note);
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
      F.Object, F.File, F.Line, F.Function, F.Level, F.Message, F.Why, F.Fix,
      F.Suspect, F.Decl, F.State, F.Predicate, F.Phases, F.Witness, F.Stores,
      F.Uses, F.Tests, F.Releases, F.Clearers, F.Reasons, F.Suppressed,
      F.Graph.Nodes, F.Graph.Edges, F.Graph.Hidden, F.Readers);
}
// Who adds a member to Finding lists it above and gives the new size here.
static_assert(sizeof(Finding) == 1368, "list the new member");

template <typename A> void io(A &Ar, Answer &X) {
  all(Ar, X.Found, X.HitLimit, X.Capped);
}

} // namespace

std::string write(Answer &A) {
  Writer W;
  io(W, A);
  return std::move(W.Out);
}

bool read(StringRef Data, Answer &A) {
  Source R(Data);
  io(R, A);
  return R.Good && R.In.empty();
}

} // namespace retsan::solve
