//===- Callees.cpp - what a called function does with a pointer -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Callees.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/Function.h"

#include <cstdlib>

using namespace llvm;
using namespace retsan::passes;

namespace {

/// A function's name taken apart; what does not apply is empty.
struct CalleeName {
  std::string Base;      ///< "reset", without template arguments.
  std::string Qualified; ///< "ns::C::reset" or the C name.
  bool Ctor = false, Dtor = false;
};

} // namespace

static std::string takeString(char *S) {
  std::string Out = S ? S : "";
  std::free(S);
  return Out;
}

static CalleeName nameOf(const Function &F) {
  CalleeName N;
  N.Base = N.Qualified = F.getName().str();
  ItaniumPartialDemangler D;
  if (!F.getName().starts_with("_Z") || D.partialDemangle(N.Base.c_str()))
    return N;
  if (!D.isFunction())
    return N;
  N.Base = takeString(D.getFunctionBaseName(nullptr, nullptr));
  std::string Context =
      takeString(D.getFunctionDeclContextName(nullptr, nullptr));
  N.Qualified = Context.empty() ? N.Base : Context + "::" + N.Base;
  if (D.isCtorOrDtor()) {
    N.Dtor = StringRef(N.Base).starts_with("~");
    N.Ctor = !N.Dtor;
  }
  return N;
}

bool retsan::passes::releasesArgument(const CallBase &Call, unsigned ArgNo,
                                      const Unit &U) {
  const Function *F = Call.getCalledFunction();
  if (!F || ArgNo != 0)
    return false;
  StringRef Name = F->getName();
  if (Name == "free" || Name == "cfree" || Name == "g_free" ||
      Name.starts_with("_ZdlPv") || Name.starts_with("_ZdaPv"))
    return true;
  if (U.Deallocators.contains(Name))
    return true;
  if (!Name.starts_with("_Z"))
    return false;
  CalleeName N = nameOf(*F);
  return N.Dtor || U.Deallocators.contains(N.Qualified);
}

/// Library functions that only write through a pointer they are given.
static bool onlyWrites(StringRef Name, unsigned ArgNo) {
  return (ArgNo == 0 && (Name == "posix_memalign" || Name == "asprintf" ||
                         Name == "vasprintf" || Name == "__asprintf_chk" ||
                         Name == "__vasprintf_chk")) ||
         ((Name == "strtol" || Name == "strtoul" || Name == "strtod" ||
           Name == "strtoll" || Name == "strtoull") &&
          ArgNo == 1);
}

AddressFate retsan::passes::addressFate(const CallBase &Call, unsigned ArgNo,
                                        bool Owner) {
  const Function *F = Call.getCalledFunction();
  if (!F)
    return {};
  if (onlyWrites(F->getName(), ArgNo))
    return {Fate::Nothing, true};
  if (!Owner || !F->getName().starts_with("_Z"))
    return {};
  CalleeName N = nameOf(*F);
  bool This = ArgNo == (Call.hasStructRetAttr() ? 1u : 0u);
  // Not `this`: moved or copied from, or handed to a free function.
  if (!This)
    return StringRef(N.Base).starts_with("operator==") ||
                   StringRef(N.Base).starts_with("operator!=")
               ? AddressFate{Fate::Test, false}
               : AddressFate{};
  if (N.Ctor)
    return {Fate::Nothing, true};
  if (N.Dtor)
    return {Fate::Release, true};
  std::string Base = N.Base.substr(0, N.Base.find('['));
  return StringSwitch<AddressFate>(Base)
      .Cases("reset", "operator=", "clear", "assign", "emplace",
             {Fate::Release, true})
      .Cases("operator bool", "empty", "size", "has_value", "use_count",
             "capacity", {Fate::Test, false})
      .Cases("operator==", "operator!=", {Fate::Test, false})
      .Cases("get", "operator->", "operator*", "value", "data", "begin", "end",
             {Fate::Use, false})
      .Cases("operator[]", "at", "front", "back", "cbegin", "cend",
             {Fate::Use, false})
      .Default({Fate::Use, true});
}
