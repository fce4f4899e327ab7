//===- CommandLine.cpp - options of a verb --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/CommandLine.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace retsan::tool {

static Error usageError(const Twine &Message) {
  return createStringError(inconvertibleErrorCode(), Message);
}

Error CommandLine::badValue(StringRef Name, StringRef Value,
                            StringRef Allowed) {
  return usageError("'" + Value + "' is no value of " + Name + "; one of " +
                    Allowed);
}

void CommandLine::flag(StringRef Name, bool &Out, StringRef Help) {
  add({Name.str(), "", Help.str(), [&Out](StringRef) {
         Out = true;
         return Error::success();
       }});
}

void CommandLine::text(StringRef Name, StringRef Arg, std::string &Out,
                       StringRef Help) {
  add({Name.str(), Arg.str(), Help.str(), [&Out](StringRef V) {
         Out = V.str();
         return Error::success();
       }});
}

void CommandLine::number(StringRef Name, StringRef Arg, unsigned &Out,
                         StringRef Help) {
  add({Name.str(), Arg.str(), Help.str(),
       [&Out, Name = Name.str()](StringRef V) -> Error {
         if (V.getAsInteger(10, Out))
           return badValue(Name, V, "the numbers from 0");
         return Error::success();
       }});
}

void CommandLine::list(StringRef Name, StringRef Arg,
                       std::vector<std::string> &Out, StringRef Help) {
  add({Name.str(), Arg.str(), Help.str(), [&Out](StringRef V) {
         Out.push_back(V.str());
         return Error::success();
       }});
}

void CommandLine::section(StringRef Title, StringRef Text) {
  Sections.emplace_back(Title.str(), Text.str());
}

void CommandLine::standardExitCodes() {
  section("Exit codes", "  0  nothing (new) found\n"
                        "  1  findings, as --fail-on counts them\n"
                        "  2  wrong use, or input that cannot be read\n"
                        "  3  internal failure\n");
}

const CommandLine::Option *CommandLine::find(StringRef Name) const {
  StringRef Bare = Name.ltrim('-');
  for (const Option &O : Options)
    if (StringRef(O.Name).ltrim('-') == Bare)
      return &O;
  return nullptr;
}

Expected<CommandLine::Parsed>
CommandLine::parse(ArrayRef<std::string> Args) const {
  Parsed P;
  for (size_t I = 0, E = Args.size(); I != E; ++I) {
    StringRef Arg = Args[I];
    if (Arg == "--") {
      P.HasDashes = true;
      P.AfterDashes.assign(Args.begin() + I + 1, Args.end());
      return P;
    }
    if (Arg == "-" || !Arg.starts_with("-")) {
      P.Positional.push_back(Arg.str());
      continue;
    }
    if (Arg == "--help" || Arg == "-help" || Arg == "-h") {
      P.Help = true;
      return P;
    }
    auto [Name, Value] = Arg.split('=');
    bool HasValue = Arg.contains('=');
    const Option *O = find(Name);
    if (!O) {
      StringRef Nearest;
      unsigned Best = 3;
      for (const Option &Other : Options) {
        unsigned D = StringRef(Other.Name).edit_distance(Name, true, Best);
        if (D < Best) {
          Best = D;
          Nearest = Other.Name;
        }
      }
      return usageError("unknown option '" + Name + "'" +
                        (Nearest.empty()
                             ? Twine("; see --help")
                             : "; did you mean '" + Nearest + "'?"));
    }
    if (O->Arg.empty() && HasValue)
      return usageError(Name + " takes no value");
    if (!O->Arg.empty() && !HasValue) {
      if (I + 1 == E || Args[I + 1] == "--")
        return usageError(Name + " needs a value: " + O->Arg);
      Value = Args[++I];
    }
    if (Error Err = O->Set(Value))
      return Err;
  }
  return P;
}

/// Wraps \p Text at 78 columns after \p Column; the cursor stands at \p At.
static void wrapped(raw_ostream &OS, StringRef Text, size_t Column, size_t At) {
  SmallVector<StringRef, 32> Words;
  Text.split(Words, ' ', -1, false);
  bool First = true;
  if (At < Column) {
    OS.indent(Column - At);
    At = Column;
  }
  for (StringRef W : Words) {
    if (!First && At + 1 + W.size() > 78) {
      OS << "\n";
      OS.indent(Column);
      At = Column;
      First = true;
    }
    if (!First) {
      OS << " ";
      ++At;
    }
    OS << W;
    At += W.size();
    First = false;
  }
  OS << "\n";
}

void CommandLine::printHelp(raw_ostream &OS) const {
  OS << "Usage: retsan " << Usage << "\n\n";
  wrapped(OS, About, 0, 0);
  OS << "\nOptions:\n";
  for (const Option &O : Options) {
    std::string Head = "  " + O.Name;
    if (!O.Arg.empty())
      Head += (O.Name.size() == 2 ? " " : "=") + O.Arg;
    OS << Head;
    if (Head.size() > 24) {
      OS << "\n";
      Head.clear();
    }
    wrapped(OS, O.Help, 26, Head.size());
  }
  OS << "  --help";
  wrapped(OS, "show this text", 26, 8);
  for (const auto &[Title, Text] : Sections)
    OS << "\n" << Title << ":\n" << Text;
}

} // namespace retsan::tool
