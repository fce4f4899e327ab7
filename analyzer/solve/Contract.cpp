//===- Contract.cpp - the expression of RETSAN_LIVE_WHILE -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Contract.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace retsan::solve {

using facts::CmpOp;

namespace {

/// Recursive descent; whatever it does not know makes the answer unknown.
class Parser {
public:
  using Lookup = function_ref<const Con *(StringRef, int64_t)>;
  Parser(StringRef Text, Lookup Value) : T(Text), Value(Value) {}

  std::optional<bool> run() {
    std::optional<bool> R = disjunction();
    skip();
    return T.empty() ? R : std::nullopt;
  }

  std::vector<ContractName> Names;

private:
  using Truth = std::optional<bool>;

  void skip() { T = T.ltrim(); }
  bool eat(StringRef S) {
    skip();
    return T.consume_front(S);
  }

  Truth disjunction() {
    Truth R = conjunction();
    while (eat("||")) {
      Truth S = conjunction();
      if ((R && *R) || (S && *S))
        R = true;
      else if (!R || !S)
        R = std::nullopt;
    }
    return R;
  }

  Truth conjunction() {
    Truth R = unary();
    while (eat("&&")) {
      Truth S = unary();
      if ((R && !*R) || (S && !*S))
        R = false;
      else if (!R || !S)
        R = std::nullopt;
    }
    return R;
  }

  Truth unary() {
    skip();
    if (!T.starts_with("!=") && eat("!")) {
      Truth R = unary();
      return R ? Truth(!*R) : R;
    }
    if (eat("(")) {
      Truth R = disjunction();
      // `(flags & F) != 0`: the parentheses hold a value.
      if (!eat(")"))
        T = "?";
      return Held ? compare() : R;
    }
    return compare();
  }

  /// A name or a constant.
  struct Term {
    std::string Name;
    std::optional<int64_t> N;
  };

  std::optional<Term> term() {
    skip();
    bool Minus = T.consume_front("-");
    StringRef Word =
        T.take_while([](char X) { return isAlnum(X) || X == '_' || X == '.'; });
    if (Word.empty())
      return std::nullopt;
    T = T.drop_front(Word.size());
    Term R;
    R.Name = Word.str();
    while (T.consume_front("::")) {
      Word = T.take_while([](char X) { return isAlnum(X) || X == '_'; });
      T = T.drop_front(Word.size());
      R.Name = Word.str();
    }
    while (T.consume_front("->")) {
      Word = T.take_while(
          [](char X) { return isAlnum(X) || X == '_' || X == '.'; });
      T = T.drop_front(Word.size());
      R.Name = R.Name == "this" ? Word.str() : R.Name + "." + Word.str();
    }
    StringRef Number = R.Name;
    int64_t N;
    if (R.Name == "NULL" || R.Name == "nullptr" || R.Name == "false")
      R.N = 0;
    else if (R.Name == "true")
      R.N = 1;
    else if (!Number.rtrim("uUlL").getAsInteger(0, N))
      R.N = Minus ? -N : N;
    // An enumerator, with its value.
    StringRef Rest = T.ltrim();
    if (!R.N && Rest.consume_front("/*")) {
      auto [Text, After] = Rest.split("*/");
      if (!Text.trim().getAsInteger(0, N)) {
        R.N = N;
        T = After;
      }
    }
    return R;
  }

  Truth compare() {
    if (!Held) {
      std::optional<Term> A = term();
      if (!A) {
        T = "?";
        return std::nullopt;
      }
      Mask = 0;
      skip();
      if (!T.starts_with("&&") && eat("&")) {
        std::optional<Term> M = term();
        Mask = M && M->N ? *M->N : 0;
        if (!Mask)
          T = "?";
      }
      if (A->N && !Mask) {
        // A constant on the left: `0 < depth`.
        return constantFirst(*A->N);
      }
      Held = A->Name;
      Names.push_back({A->Name, Mask});
      skip();
      if (T.starts_with(")"))
        return test(CmpOp::NE, 0, /*Keep=*/true);
    }
    if (std::optional<CmpOp> Op = comparison()) {
      std::optional<Term> B = term();
      if (B && B->N)
        return test(*Op, *B->N, false);
      if (B)
        Names.push_back({B->Name, 0});
      Held.reset();
      return std::nullopt;
    }
    return test(CmpOp::NE, 0, false);
  }

  Truth constantFirst(int64_t N) {
    std::optional<CmpOp> Op = comparison();
    std::optional<Term> B = Op ? term() : std::nullopt;
    if (!B) {
      T = "?";
      return std::nullopt;
    }
    if (B->N)
      return std::nullopt;
    Held = B->Name;
    Mask = 0;
    Names.push_back({B->Name, 0});
    return test(swapSides(*Op), N, false);
  }

  std::optional<CmpOp> comparison() {
    static const std::pair<const char *, CmpOp> Ops[] = {
        {"==", CmpOp::EQ}, {"!=", CmpOp::NE}, {"<=", CmpOp::LE},
        {">=", CmpOp::GE}, {"<", CmpOp::LT},  {">", CmpOp::GT}};
    for (auto &[S, Op] : Ops)
      if (eat(S))
        return Op;
    return std::nullopt;
  }

  Truth test(CmpOp Op, int64_t N, bool Keep) {
    const Con *C = Value(*Held, Mask);
    if (!Keep)
      Held.reset();
    if (!C)
      return std::nullopt;
    Con Yes = *C, No = *C;
    bool MayHold = Yes.refine(Op, N), MayFail = No.refine(negate(Op), N);
    if (MayHold == MayFail)
      return std::nullopt;
    return MayHold;
  }

  StringRef T;
  Lookup Value;
  std::optional<std::string> Held; ///< A value in parentheses.
  int64_t Mask = 0;
};

} // namespace

std::vector<ContractName> contractNames(StringRef Text) {
  auto Nothing = [](StringRef, int64_t) -> const Con * { return nullptr; };
  Parser P(Text, Nothing);
  P.run();
  return P.Names;
}

std::optional<bool>
contractHolds(StringRef Text,
              function_ref<const Con *(StringRef, int64_t)> Value) {
  return Parser(Text, Value).run();
}

std::string contractText(StringRef Text) {
  std::string R;
  while (!Text.empty()) {
    auto [Head, Tail] = Text.split("/*");
    R += Tail.empty() ? Head : Head.rtrim();
    Text = Tail.split("*/").second;
  }
  return StringRef(R).trim().str();
}

} // namespace retsan::solve
