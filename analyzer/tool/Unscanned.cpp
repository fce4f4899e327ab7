//===- Unscanned.cpp - sources of the tree that a scan does not see -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Unscanned.h"
#include "analyzer/solve/Solve.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace retsan::tool {

namespace {

constexpr unsigned MostFiles = 20000;
constexpr uint64_t MostBytes = uint64_t(256) << 20;

bool isSource(StringRef Path) {
  return StringSwitch<bool>(sys::path::extension(Path))
      .Cases(".c", ".cc", ".cpp", ".cxx", ".C", true)
      .Default(false);
}

bool isWordChar(char C) { return isAlnum(C) || C == '_'; }

/// Whether others than its own file may know the record.
bool isShared(const Finding &X) {
  return !isSource(X.Decl.File) && !X.Record.empty() && !X.Field.empty();
}

/// Whether \p Text has \p Word as a word; as a member's name, if \p Member.
bool names(StringRef Text, StringRef Word, bool Member) {
  for (size_t At = Text.find(Word); At != StringRef::npos;
       At = Text.find(Word, At + 1)) {
    StringRef Before = Text.take_front(At);
    StringRef After = Text.drop_front(At + Word.size());
    if ((!Before.empty() && isWordChar(Before.back())) ||
        (!After.empty() && isWordChar(After.front())))
      continue;
    Before = Before.rtrim();
    if (!Member || Before.ends_with("->") || Before.ends_with("."))
      return true;
  }
  return false;
}

/// The sources below \p Root, or nothing if they are too many.
std::vector<std::string> sourcesBelow(StringRef Root,
                                      const StringSet<> &Scanned) {
  std::vector<std::string> Found;
  uint64_t Bytes = 0;
  std::error_code EC;
  sys::fs::recursive_directory_iterator It(Root, EC, /*follow_symlinks=*/false),
      End;
  for (; It != End && !EC; It.increment(EC)) {
    const std::string &Path = It->path();
    if (It->type() == sys::fs::file_type::directory_file) {
      if (sys::path::filename(Path).starts_with("."))
        It.no_push();
      continue;
    }
    if (!isSource(Path) || Scanned.contains(Path) ||
        solve::isSample(StringRef(Path).drop_front(Root.size())))
      continue;
    if (ErrorOr<sys::fs::basic_file_status> Status = It->status())
      Bytes += Status->getSize();
    if (Found.size() == MostFiles || Bytes > MostBytes)
      return {};
    Found.push_back(Path);
  }
  llvm::sort(Found);
  return Found;
}

/// The last part of a qualified name.
StringRef lastOf(StringRef Name) {
  StringRef Last = Name.rsplit(':').second;
  return Last.empty() ? Name : Last;
}

/// The member, or the variable, by the name that sources have for it.
StringRef fieldOf(const Finding &X) {
  StringRef Member = StringRef(X.Field).rsplit('.').second;
  return lastOf(Member.empty() ? StringRef(X.Field) : Member);
}

} // namespace

void lowerByFailed(FindingsFile &F, ArrayRef<std::string> Failed) {
  StringSet<> Told;
  for (const std::string &Path : Failed) {
    ErrorOr<std::unique_ptr<MemoryBuffer>> Text =
        MemoryBuffer::getFile(Path, /*IsText=*/false,
                              /*RequiresNullTerminator=*/false);
    if (!Text)
      continue;
    StringRef All = (*Text)->getBuffer();
    for (Finding &X : F.Findings) {
      const StringRef Field = fieldOf(X);
      // Of what a scan calls unread, a reader that it lost is the likely story.
      const bool Unread = X.Check == "retsan-unread-owner" &&
                          X.Level == Confidence::Medium &&
                          !Told.contains(X.Fingerprint);
      if ((X.Level != Confidence::High && !Unread) ||
          ((X.Function.empty() ||
            !names(All, lastOf(X.Function), /*Member=*/false)) &&
           (Field.empty() || !names(All, Field, /*Member=*/false))))
        continue;
      X.Level = Unread ? Confidence::Low : Confidence::Medium;
      Told.insert(X.Fingerprint);
      X.Reasons.push_back(
          (sys::path::filename(Path) + " could not be read, and names it")
              .str());
    }
  }
}

void lowerByUnscanned(FindingsFile &F, const StringSet<> &Scanned) {
  SmallVector<Finding *, 8> Open;
  for (Finding &X : F.Findings)
    if (X.Check == "retsan-unread-owner" && X.Level != Confidence::Low &&
        isShared(X))
      Open.push_back(&X);
  if (Open.empty() || F.Root.empty())
    return;
  for (const std::string &Path : sourcesBelow(F.Root, Scanned)) {
    ErrorOr<std::unique_ptr<MemoryBuffer>> Text =
        MemoryBuffer::getFile(Path, /*IsText=*/false,
                              /*RequiresNullTerminator=*/false);
    if (!Text)
      continue;
    SmallString<128> Shown(Path);
    sys::path::replace_path_prefix(Shown, F.Root, "");
    const StringRef Relative = Shown.str().ltrim('/');
    erase_if(Open, [&](Finding *X) {
      const StringRef Record = lastOf(X->Record), Field = fieldOf(*X);
      // Methods name members of their class as they are.
      const bool Cxx = sys::path::extension(Path) != ".c";
      StringRef All = (*Text)->getBuffer();
      // Who reads a member need not name its record: a long name says enough
      // for what is not sure anyhow, and beside the record's header.
      constexpr size_t Long = 8;
      const bool Alone = !Cxx && Field.size() >= Long &&
                         (X->Level != Confidence::High ||
                          sys::path::parent_path(Relative) ==
                              sys::path::parent_path(X->Decl.File));
      if (Record.empty() || !names(All, Field, !Cxx) ||
          !(Alone || names(All, Record, /*Member=*/false)))
        return false;
      X->Level =
          X->Level == Confidence::High ? Confidence::Medium : Confidence::Low;
      X->Reasons.push_back((Relative + " was not scanned, and names it").str());
      return true;
    });
    if (Open.empty())
      return;
  }
}

} // namespace retsan::tool
