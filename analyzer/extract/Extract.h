//===- Extract.h - one translation unit to facts --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_EXTRACT_EXTRACT_H
#define RETSAN_ANALYZER_EXTRACT_EXTRACT_H

#include "analyzer/model/Facts.h"
#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/VirtualFileSystem.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace clang {
class ASTConsumer;
class ASTContext;
class CompilerInstance;
class FieldDecl;
class RecordDecl;
class VarDecl;
} // namespace clang

namespace retsan::extract {

/// One compile command: what to parse and how.
struct Command {
  std::string Directory;
  std::string File;              ///< Absolute.
  std::vector<std::string> Args; ///< argv, the compiler first.
};

/// The commands of a build: compile_commands.json in \p BuildDir (or the
/// nearest above it). With \p Paths, only files that are one of them or below
/// one of them; a path that names no entry is an error in \p Errors. The same
/// file with two command lines is two commands; exact repetitions are dropped.
llvm::Expected<std::vector<Command>>
loadCommands(llvm::StringRef BuildDir, const std::vector<std::string> &Paths,
             std::vector<std::string> &Errors);

/// A command made from \p File and compiler flags given on the command line.
Command makeCommand(llvm::StringRef File,
                    const std::vector<std::string> &Flags);

/// Parses and extracts one unit. Fails when the file is missing or has errors
/// (the first error of the compiler is in the message). Safe to call from
/// several threads; a crash inside the compiler becomes an Error. All files are
/// read through \p FS (one instance for each call; its working directory is set
/// to C.Directory); null means the machine's file system. The caller's cache
/// learns from it which files were read and which look-ups failed. The parse
/// has a thread of its own, on which \p Begun is called first.
llvm::Expected<facts::Unit>
extractUnit(const Command &C,
            llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> FS = nullptr,
            const std::function<void()> &Begun = nullptr);

/// For use inside a running compiler (plugin, clang-tidy): facts of a parsed
/// unit.
facts::Unit extractFromAST(clang::ASTContext &Ctx);

/// An AST consumer that hands the unit's facts to \p Done at its end.
std::unique_ptr<clang::ASTConsumer>
makeConsumer(clang::CompilerInstance &CI,
             std::function<void(facts::Unit)> Done);

/// Identity of a field or global variable, the same as facts carry
/// (RecordKey.h). Null string parts never occur; 0 is returned for what cannot
/// be a subject.
uint64_t subjectIdOf(const clang::FieldDecl *FD, clang::ASTContext &Ctx);
uint64_t subjectIdOf(const clang::VarDecl *VD, clang::ASTContext &Ctx);
/// Name as reports print it: "hmap.oldbuckets", "old_hashtable".
std::string subjectNameOf(const clang::FieldDecl *FD, clang::ASTContext &Ctx);

} // namespace retsan::extract

#endif
