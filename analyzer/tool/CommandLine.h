//===- CommandLine.h - options of a verb ----------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each verb fills one table: options, what they mean, where the value goes.
// Parsing and `--help` both come from it. `--name=value` and `--name value` are
// the same; an option may be written with one dash as well. What follows `--`
// is not looked at.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_COMMANDLINE_H
#define RETSAN_ANALYZER_TOOL_COMMANDLINE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace retsan::tool {

class CommandLine {
public:
  /// \p Usage follows "retsan "; \p About is one paragraph.
  CommandLine(llvm::StringRef Usage, llvm::StringRef About)
      : Usage(Usage), About(About) {}

  void flag(llvm::StringRef Name, bool &Out, llvm::StringRef Help);
  void text(llvm::StringRef Name, llvm::StringRef Arg, std::string &Out,
            llvm::StringRef Help);
  void number(llvm::StringRef Name, llvm::StringRef Arg, unsigned &Out,
              llvm::StringRef Help);
  void list(llvm::StringRef Name, llvm::StringRef Arg,
            std::vector<std::string> &Out, llvm::StringRef Help);

  /// An option whose value is one of a few words.
  template <typename T> struct Word {
    llvm::StringRef Text;
    T Value;
  };
  template <typename T>
  void choice(llvm::StringRef Name, T &Out, std::vector<Word<T>> Words,
              llvm::StringRef Help) {
    std::string Arg;
    for (const Word<T> &W : Words)
      Arg += (Arg.empty() ? "" : "|") + W.Text.str();
    add({Name.str(), Arg, Help.str(),
         [&Out, Words, Name = Name.str(),
          Arg](llvm::StringRef V) -> llvm::Error {
           for (const Word<T> &W : Words)
             if (W.Text == V) {
               Out = W.Value;
               return llvm::Error::success();
             }
           return badValue(Name, V, Arg);
         }});
  }

  /// Any option: \p Arg is empty for a flag.
  struct Option {
    std::string Name; ///< With its dashes.
    std::string Arg;
    std::string Help;
    std::function<llvm::Error(llvm::StringRef)> Set;
  };
  void add(Option O) { Options.push_back(std::move(O)); }

  /// Sections after the options: "Environment", "Exit codes", "Example".
  void section(llvm::StringRef Title, llvm::StringRef Text);
  void standardExitCodes();

  struct Parsed {
    std::vector<std::string> Positional;
    std::vector<std::string> AfterDashes;
    bool HasDashes = false; ///< There was a `--`.
    bool Help = false;
  };
  llvm::Expected<Parsed> parse(llvm::ArrayRef<std::string> Args) const;

  void printHelp(llvm::raw_ostream &OS) const;

private:
  static llvm::Error badValue(llvm::StringRef Name, llvm::StringRef Value,
                              llvm::StringRef Allowed);
  const Option *find(llvm::StringRef Name) const;

  std::string Usage, About;
  std::vector<Option> Options;
  std::vector<std::pair<std::string, std::string>> Sections;
};

} // namespace retsan::tool

#endif
