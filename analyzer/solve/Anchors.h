//===- Anchors.h - places that outlive an edit ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An answer that is kept names lines. A line that is added moves those below it
// and changes nothing else, so a kept answer says "the fifth line of f that has
// code", and the keys count in the same way. What is in no function keeps its
// number; such an answer is good only as long as nothing has moved.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_ANCHORS_H
#define RETSAN_ANALYZER_SOLVE_ANCHORS_H

#include "analyzer/solve/Answers.h"
#include "analyzer/solve/Judge.h"

#include "llvm/ADT/StringMap.h"

namespace retsan::solve {

/// The lines of a function's own file that its code is on, ascending.
std::vector<uint32_t> linesOf(const facts::Function &F);

/// The functions of a program by where they are.
class Anchors {
public:
  explicit Anchors(const Renderer &R);

  /// The places of one subject's answer.
  class Of : public PlaceCoder {
  public:
    Of(const Anchors &A, const Subject &S, const Engine::Scope &Sc)
        : A(A), S(S), Sc(Sc) {}
    Fixed fix(llvm::StringRef File, uint32_t Line,
              llvm::StringRef Function) const override;
    bool find(const Fixed &F, uint32_t &Line) const override;
    bool isFile(llvm::StringRef Name) const override {
      return A.Files.count(Name);
    }
    uint64_t exact() const override;

  private:
    const Anchors &A;
    const Subject &S;
    const Engine::Scope &Sc;
  };

private:
  /// Stands for the declaration of the subject.
  static constexpr uint64_t Declared = 1;

  const Renderer &R;
  const Program &P;
  /// Functions of each file, by its name in reports.
  llvm::StringMap<std::vector<uint32_t>> Files;
  std::vector<std::vector<uint32_t>> Lines; ///< Of functions.
  std::vector<uint64_t> Ids;                ///< 0 if another one has it.
  llvm::DenseMap<uint64_t, uint32_t> ById;
};

} // namespace retsan::solve

#endif
