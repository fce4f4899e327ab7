//===- Origin.h - files as the programmer knows them ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// distcc and ccache may hand a compiler preprocessed text. The file that is
// read then has a temporary name; what its line markers say is where the code
// comes from, and what places and keys must be made of. In any other input the
// markers of generated code (`#line`) are not followed: there the file that is
// compiled can be opened and read.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_EXTRACT_ORIGIN_H
#define RETSAN_ANALYZER_EXTRACT_ORIGIN_H

#include "clang/Basic/SourceLocation.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace clang {
class SourceManager;
}

namespace retsan::extract {

class Origin {
public:
  explicit Origin(const clang::SourceManager &SM);

  /// The input begins with a line marker, as preprocessors write it.
  bool isPreprocessed() const { return !Main.empty(); }
  /// Absolute path of the source of this unit; empty if it is no file.
  std::string mainFile() const;
  /// Absolute path of the file that \p L was expanded in, or empty.
  std::string fileOf(clang::SourceLocation L) const;
  /// Line of that place in that file.
  unsigned lineOf(clang::SourceLocation L) const;
  bool isInMainFile(clang::SourceLocation L) const;
  /// \p Usr with the name of the file that is read replaced by that of the file
  /// that \p L is from.
  std::string usr(llvm::StringRef Usr, clang::SourceLocation L) const;

private:
  std::string absolute(llvm::StringRef Name) const;

  const clang::SourceManager &SM;
  std::string Main; ///< As the first marker has it.
};

} // namespace retsan::extract

#endif
