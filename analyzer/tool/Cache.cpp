//===- Cache.cpp - facts that need no parsing again -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Cache.h"

#include "analyzer/extract/SourcesId.h"
#include "analyzer/tool/Output.h"
#include "analyzer/tool/Verb.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

#include <cstdlib>

using namespace llvm;

namespace retsan::tool {

static constexpr StringLiteral Magic = "RETSANC1";

namespace {

uint64_t hashOf(StringRef Content) {
  return xxh3_64bits(Content) | 1; // 0 means "cannot be read".
}

/// Hashes what the compiler is given to read: the file on disk may be another
/// one by the time that the unit is parsed.
class RecordedFile : public vfs::File {
public:
  RecordedFile(std::unique_ptr<vfs::File> Inner, Lookup &Into)
      : Inner(std::move(Inner)), Into(Into) {}

  ErrorOr<vfs::Status> status() override { return Inner->status(); }
  ErrorOr<std::string> getName() override { return Inner->getName(); }
  std::error_code close() override { return Inner->close(); }

  ErrorOr<std::unique_ptr<MemoryBuffer>> getBuffer(const Twine &Name,
                                                   int64_t FileSize,
                                                   bool RequiresNullTerminator,
                                                   bool IsVolatile) override {
    auto B =
        Inner->getBuffer(Name, FileSize, RequiresNullTerminator, IsVolatile);
    if (B) {
      uint64_t H = hashOf((*B)->getBuffer());
      Into.Torn |= Into.Hash && Into.Hash != H;
      Into.Hash = H;
    }
    return B;
  }

private:
  std::unique_ptr<vfs::File> Inner;
  Lookup &Into;
};

/// Remembers each path that was asked for, whether it was there, and what was
/// read of it.
class RecordingFileSystem
    : public RTTIExtends<RecordingFileSystem, vfs::ProxyFileSystem> {
public:
  static const char ID;

  explicit RecordingFileSystem(StringMap<Lookup> &Lookups)
      : RTTIExtends<RecordingFileSystem, vfs::ProxyFileSystem>(
            vfs::createPhysicalFileSystem()),
        Lookups(Lookups) {}

  ErrorOr<vfs::Status> status(const Twine &Path) override {
    ErrorOr<vfs::Status> S = ProxyFileSystem::status(Path);
    if (!S || !S->isDirectory())
      record(Path, static_cast<bool>(S));
    return S;
  }

  ErrorOr<std::unique_ptr<vfs::File>>
  openFileForRead(const Twine &Path) override {
    auto F = ProxyFileSystem::openFileForRead(Path);
    Lookup *L = record(Path, static_cast<bool>(F));
    if (!F || !L)
      return F;
    return std::make_unique<RecordedFile>(std::move(*F), *L);
  }

  bool exists(const Twine &Path) override {
    return static_cast<bool>(status(Path));
  }

private:
  Lookup *record(const Twine &Path, bool Found) {
    SmallString<256> Absolute;
    Path.toVector(Absolute);
    if (makeAbsolute(Absolute))
      return nullptr;
    Lookup &L = Lookups.try_emplace(Absolute, Lookup{Found}).first->second;
    L.Torn |= L.Found != Found; // It came or went in between.
    return &L;
  }

  StringMap<Lookup> &Lookups;
};

const char RecordingFileSystem::ID = 0;

/// Length-prefixed strings and numbers, little endian.
class Writer {
public:
  void number(uint64_t N) {
    char B[8];
    support::endian::write64le(B, N);
    Out.append(B, 8);
  }
  void text(StringRef S) {
    number(S.size());
    Out += S;
  }
  std::string Out;
};

class Reader {
public:
  explicit Reader(StringRef In) : In(In) {}
  uint64_t number() {
    if (In.size() < 8) {
      Good = false;
      return 0;
    }
    uint64_t N = support::endian::read64le(In.data());
    In = In.drop_front(8);
    return N;
  }
  StringRef text() {
    uint64_t N = number();
    if (N > In.size()) {
      Good = false;
      return "";
    }
    StringRef S = In.take_front(N);
    In = In.drop_front(N);
    return S;
  }
  StringRef In;
  bool Good = true;
};

} // namespace

static uint64_t hashOfFile(StringRef Path) {
  auto B = MemoryBuffer::getFile(Path, false, /*RequiresNullTerminator=*/false);
  return B ? hashOf((*B)->getBuffer()) : 0;
}

Cache::Cache(std::string Directory) : Dir(std::move(Directory)) {
  if (Dir.empty())
    return;
  if (std::error_code EC = sys::fs::create_directories(Dir)) {
    WriteProblem = Dir + ": " + EC.message();
    Dir.clear();
    return;
  }
  Salt = (toolVersion() + " " + extract::sourcesId()).str();
  for (const char *Name : {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH",
                           "SOURCE_DATE_EPOCH", "RETSAN_RESOURCE_DIR"}) {
    const char *Value = std::getenv(Name);
    Salt += '\0';
    Salt += Value ? Value : "";
  }
}

std::string Cache::toolSalt() {
  // A build that is not a release changes without changing its version.
  return (toolVersion() + utohexstr(hashOfFile("/proc/self/exe"))).str();
}

std::string Cache::defaultDir() {
  SmallString<256> Path;
  if (!sys::path::cache_directory(Path))
    return "";
  sys::path::append(Path, "retsan");
  return Path.str().str();
}

std::string Cache::entryPath(const extract::Command &C) const {
  Writer W;
  W.text(Salt);
  W.text(C.Directory);
  W.text(C.File);
  for (const std::string &A : C.Args)
    W.text(A);
  XXH128_hash_t H = xxh3_128bits(arrayRefFromStringRef(W.Out));
  SmallString<256> Path(Dir);
  // The name is what llvm::pruneCache looks for.
  sys::path::append(Path, "llvmcache-" + utohexstr(H.high64, true, 16) +
                              utohexstr(H.low64, true, 16));
  return Path.str().str();
}

uint64_t Cache::contentHash(StringRef Path) {
  {
    std::lock_guard<std::mutex> G(Lock);
    if (auto It = Hashes.find(Path); It != Hashes.end())
      return It->second;
  }
  uint64_t H = hashOfFile(Path);
  std::lock_guard<std::mutex> G(Lock);
  Hashes[Path] = H;
  return H;
}

std::optional<facts::Unit> Cache::load(StringRef Entry) {
  auto B =
      MemoryBuffer::getFile(Entry, false, /*RequiresNullTerminator=*/false);
  if (!B)
    return std::nullopt;
  StringRef Data = (*B)->getBuffer();
  if (!Data.consume_front(Magic) || Data.size() < 8 ||
      support::endian::read64le(Data.data()) != xxh3_64bits(Data.drop_front(8)))
    return std::nullopt;
  Reader R(Data.drop_front(8));
  for (uint64_t N = R.number(); N && R.Good; --N) {
    StringRef Path = R.text();
    uint64_t Hash = R.number();
    if (!R.Good)
      return std::nullopt;
    if (Hash ? contentHash(Path) != Hash : sys::fs::exists(Path))
      return std::nullopt;
  }
  StringRef Facts = R.text();
  if (!R.Good || !R.In.empty())
    return std::nullopt;
  Expected<facts::Unit> U = facts::read(Facts, Entry);
  if (!U) {
    consumeError(U.takeError());
    return std::nullopt;
  }
  return std::move(*U);
}

void Cache::store(StringRef Entry, StringRef Facts,
                  const StringMap<Lookup> &Lookups) {
  Writer W;
  W.number(Lookups.size());
  for (const auto &[Path, L] : Lookups) {
    uint64_t Now = L.Found ? contentHash(Path) : 0;
    // An edit while the unit was parsed, or after another unit read the file:
    // these facts are of no state that the sources were in.
    if (L.Torn || (L.Hash && L.Hash != Now))
      return;
    W.text(Path);
    W.number(Now);
  }
  W.text(Facts);
  Writer Head;
  Head.Out = Magic.str();
  Head.number(xxh3_64bits(W.Out));
  if (Error E = writeFile(Entry, Head.Out + W.Out)) {
    std::string Why = toString(std::move(E));
    std::lock_guard<std::mutex> G(Lock);
    WriteProblem = Why;
  }
}

Expected<facts::Unit> Cache::get(const extract::Command &C,
                                 const std::function<void()> &Begun) {
  if (Dir.empty())
    return extract::extractUnit(C, nullptr, Begun);
  std::string Entry = entryPath(C);
  if (std::optional<facts::Unit> U = load(Entry)) {
    ++Hits;
    return std::move(*U);
  }
  StringMap<Lookup> Lookups;
  Expected<facts::Unit> U = extract::extractUnit(
      C, makeIntrusiveRefCnt<RecordingFileSystem>(Lookups), Begun);
  if (U)
    store(Entry, facts::write(*U), Lookups);
  return U;
}

void Cache::close(bool Quiet) {
  if (!Dir.empty()) {
    CachePruningPolicy Policy;
    Policy.Interval = std::chrono::hours(1);
    Policy.Expiration = std::chrono::hours(24 * 30);
    Policy.MaxSizeBytes = uint64_t(2) << 30;
    pruneCache(Dir, Policy);
  }
  if (!WriteProblem.empty() && !Quiet)
    note("the cache of facts is not written: " + WriteProblem);
}

} // namespace retsan::tool
