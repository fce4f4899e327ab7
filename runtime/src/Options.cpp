//===- Options.cpp - RETSAN_OPTIONS ---------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The parser is a table made from options.def: one reader for each type of
// value.
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Runtime.h"

namespace retsan {

static bool isSeparator(char C) {
  return C == ':' || C == ' ' || C == ',' || C == '\n' || C == '\t';
}

static bool readValue(const char *Value, int &Out) {
  bool Negative = *Value == '-';
  const char *P = Value + Negative;
  long N = 0;
  for (; *P >= '0' && *P <= '9' && N < 1000000000; ++P)
    N = N * 10 + (*P - '0');
  if (*P || P == Value + Negative)
    return false;
  Out = static_cast<int>(Negative ? -N : N);
  return true;
}

static bool readValue(const char *Value, bool &Out) {
  static const char *const Words[2][3] = {{"0", "false", "no"},
                                          {"1", "true", "yes"}};
  for (int Truth = 0; Truth != 2; ++Truth)
    for (const char *Word : Words[Truth])
      if (!compareStrings(Value, Word)) {
        Out = Truth;
        return true;
      }
  return false;
}

static bool readValue(const char *Value, const char *&Out) {
  Out = Value;
  return true;
}

static void setOption(Options &O, const char *Name, const char *Value) {
#define RETSAN_OPTION(Type, N, Default, Help)                                  \
  if (!compareStrings(Name, #N)) {                                             \
    if (!readValue(Value, O.N))                                                \
      (Text() << "option " << Name << ": '" << Value                           \
              << "' is not a value for it")                                    \
          .print();                                                            \
    return;                                                                    \
  }
#include "options.def"
#undef RETSAN_OPTION
  (Text() << "unknown option '" << Name
          << "' (RETSAN_OPTIONS=help=1 lists them)")
      .print();
}

void Options::parse(const char *Source) {
  if (!Source)
    return;
  // A copy that lives as long as the process: values of type Str point into it.
  char *P = R.Strings.copyString(Source);
  if (!P)
    return;
  while (*P) {
    while (isSeparator(*P))
      ++P;
    if (!*P)
      break;
    char *Name = P;
    while (*P && *P != '=' && !isSeparator(*P))
      ++P;
    if (*P != '=') {
      char End = *P;
      *P = 0;
      (Text() << "option '" << Name << "' has no value").print();
      P += End != 0;
      continue;
    }
    *P++ = 0;
    // A value may be quoted, so that a path may hold a colon.
    char Quote = *P == '"' || *P == '\'' ? *P++ : 0;
    char *Value = P;
    while (*P && (Quote ? *P != Quote : !isSeparator(*P)))
      ++P;
    if (*P)
      *P++ = 0;
    setOption(*this, Name, Value);
  }
}

void Options::printHelp() {
  (Text() << "options of RETSAN_OPTIONS, name=value, separated by ':'").print();
#define RETSAN_OPTION(Type, Name, Default, Help)                               \
  (Text() << "  " << #Name << " (default " << #Default << "): " << Help)       \
      .print();
#include "options.def"
#undef RETSAN_OPTION
}

} // namespace retsan
