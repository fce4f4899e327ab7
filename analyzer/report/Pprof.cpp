//===- Pprof.cpp - a run for pprof ----------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Pprof.h"

#include "analyzer/report/Join.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <set>

using namespace llvm;

namespace retsan::report {

namespace {

/// A protocol buffer message: varints and length-delimited fields.
class Message {
public:
  void number(unsigned Field, uint64_t V) {
    varint(Field << 3);
    varint(V);
  }
  void bytes(unsigned Field, StringRef Data) {
    varint(Field << 3 | 2);
    varint(Data.size());
    Out += Data;
  }
  void packed(unsigned Field, ArrayRef<uint64_t> Values) {
    Message M;
    for (uint64_t V : Values)
      M.varint(V);
    bytes(Field, M.Out);
  }
  std::string Out;

private:
  void varint(uint64_t V) {
    raw_string_ostream OS(Out);
    encodeULEB128(V, OS);
  }
};

/// Builds the tables that samples refer to.
class Builder {
public:
  Builder() { text(""); }

  uint64_t text(StringRef S) {
    auto [It, New] = Index.try_emplace(S, Strings.size());
    if (New)
      Strings.push_back(S.str());
    return It->second;
  }

  /// A location, which is a line of a function.
  uint64_t location(StringRef Function, StringRef File, uint32_t Line) {
    std::string Key = (Function + "\n" + File + "\n" + Twine(Line)).str();
    auto [It, New] = Locations.try_emplace(Key, Locations.size() + 1);
    if (!New)
      return It->second;
    uint64_t Id = It->second;
    Message Fn;
    Fn.number(1, Id);
    Fn.number(2, text(Function));
    Fn.number(3, text(Function));
    Fn.number(4, text(File));
    Functions.push_back(Fn.Out);
    Message L;
    L.number(1, Id);
    L.number(2, Line);
    Message Loc;
    Loc.number(1, Id);
    Loc.bytes(4, L.Out);
    LocationMessages.push_back(Loc.Out);
    return Id;
  }

  void sampleType(StringRef Type, StringRef Unit) {
    Message M;
    M.number(1, text(Type));
    M.number(2, text(Unit));
    Types.push_back(M.Out);
  }

  void sample(ArrayRef<uint64_t> Frames, ArrayRef<uint64_t> Values,
              ArrayRef<std::pair<StringRef, std::string>> Labels) {
    Message M;
    M.packed(1, Frames);
    M.packed(2, Values);
    for (const auto &[Key, Value] : Labels) {
      Message L;
      L.number(1, text(Key));
      L.number(2, text(Value));
      M.bytes(3, L.Out);
    }
    Samples.push_back(M.Out);
  }

  std::string finish(uint64_t DurationNanos, StringRef DefaultType) {
    Message M;
    uint64_t Default = text(DefaultType);
    for (const std::string &T : Types)
      M.bytes(1, T);
    for (const std::string &S : Samples)
      M.bytes(2, S);
    for (const std::string &L : LocationMessages)
      M.bytes(4, L);
    for (const std::string &F : Functions)
      M.bytes(5, F);
    for (const std::string &S : Strings)
      M.bytes(6, S);
    M.number(10, DurationNanos);
    M.number(14, Default);
    return M.Out;
  }

private:
  StringMap<uint64_t> Index, Locations;
  std::vector<std::string> Strings, Types, Samples, LocationMessages, Functions;
};

} // namespace

static uint64_t rounded(double D) {
  return D > 0 && D < 9e18 ? static_cast<uint64_t>(std::llround(D)) : 0;
}

/// "grow (map.c:7)" as a location of its own.
static uint64_t locationOf(Builder &B, const profile::Frame &F) {
  if (F.Name.empty())
    return B.location(F.Module + "+0x" + utohexstr(F.Offset, true), "", 0);
  auto [Function, Place] = StringRef(F.Name).rsplit(" (");
  auto [File, Number] = Place.rsplit(':');
  uint32_t Line = 0;
  if (!Number.consume_back(")") || Number.getAsInteger(10, Line))
    return B.location(F.Name, "", 0);
  return B.location(Function, File, Line);
}

/// What is kept through \p X, by the stack that allocated it.
static std::vector<const profile::Kept *>
keptThrough(const Finding &X, const profile::Checkpoint *C) {
  std::vector<const profile::Kept *> Out;
  if (C)
    for (const profile::Kept &K : C->KeptBy)
      if (K.SubjectId == X.SubjectId && !K.Stack.empty())
        Out.push_back(&K);
  return Out;
}

std::string toPprof(const FindingsFile &F, const profile::Profile &P) {
  static constexpr double MB = 1e6;
  Builder B;
  B.sampleType("ghost_objects", "count");
  B.sampleType("ghost_retained", "bytes");
  B.sampleType("drag_avg", "bytes");
  B.sampleType("drag", "MB*s");
  std::set<uint64_t> Told; // Findings of one subject share what it keeps.
  for (const Finding &X : F.Findings) {
    if (!X.Runtime || X.Runtime->V != Verdict::Confirmed)
      continue;
    const RuntimeResult &R = *X.Runtime;
    std::vector<std::pair<StringRef, std::string>> Labels = {
        {"field", X.Subject},
        {"verdict", toString(R.V).str()},
        {"condition", R.Condition},
        {"check", X.Check},
        {"fingerprint", X.Fingerprint}};
    uint64_t Retained = R.RetainedBytes;
    if (!Told.insert(X.SubjectId).second)
      Retained = 0;
    else
      for (const profile::Kept *K : keptThrough(X, finalCheckpoint(P))) {
        SmallVector<uint64_t, 16> Stack{B.location(X.Subject, X.File, X.Line)};
        for (const profile::Frame &Frame : K->Stack)
          Stack.push_back(locationOf(B, Frame));
        Stack.push_back(B.location(P.Program, "", 0));
        uint64_t Bytes = std::min(K->Bytes, Retained);
        Retained -= Bytes;
        B.sample(Stack, {0, Bytes, 0, 0}, Labels);
      }
    SmallVector<uint64_t, 3> Frames{B.location(X.Subject, X.File, X.Line)};
    if (!R.StoredAt.empty())
      Frames.push_back(B.location(R.StoredAt[0].Function, R.StoredAt[0].File,
                                  R.StoredAt[0].Line));
    Frames.push_back(B.location(P.Program, "", 0));
    double Average = P.Seconds > 0 ? R.D.MBs * MB / P.Seconds : 0;
    B.sample(Frames,
             {R.Instances, Retained, rounded(Average), rounded(R.D.MBs)},
             Labels);
  }
  return B.finish(rounded(P.Seconds * 1e9), "ghost_retained");
}

std::string gzip(StringRef Data) {
  if (!compression::zlib::isAvailable())
    return Data.str();
  SmallVector<uint8_t, 0> Z;
  compression::zlib::compress(arrayRefFromStringRef(Data), Z);
  // A zlib stream is two bytes, the deflated data, and four of Adler-32.
  StringRef Deflated = toStringRef(ArrayRef(Z).slice(2, Z.size() - 6));
  std::string Out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  Out += Deflated;
  char Tail[8];
  support::endian::write32le(Tail, crc32(arrayRefFromStringRef(Data)));
  support::endian::write32le(Tail + 4, static_cast<uint32_t>(Data.size()));
  Out.append(Tail, 8);
  return Out;
}

} // namespace retsan::report
