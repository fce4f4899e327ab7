//===- Tables.h - descriptors that the runtime reads ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Emits the tables of retsan/abi.h into a module: field descriptors, sites,
// states, the module's own record, and the constructor that registers it.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_TABLES_H
#define RETSAN_PASSES_TABLES_H

#include "Unit.h"
#include "llvm/IR/Instruction.h"

namespace retsan::passes {

/// Where an event happened: absolute if the compiler knows the folder.
struct SourcePos {
  std::string File;
  unsigned Line = 0;
};

class Tables {
public:
  Tables(llvm::Module &M, const Unit &U);

  /// The site of an event; the same one for the same arguments.
  llvm::Constant *site(unsigned Field, const SourcePos &Pos,
                       const llvm::Function &F, uint32_t Kind);
  /// Whether any site was made.
  bool used() const { return !Sites.empty(); }
  /// Emits module record and constructor. Call once, at the end.
  void finish();

private:
  llvm::Constant *string(llvm::StringRef S);
  llvm::GlobalVariable *constant(llvm::Constant *Init, const llvm::Twine &Name);
  llvm::GlobalVariable *field(unsigned Index);
  llvm::Constant *states();

  llvm::Module &M;
  const Unit &U;
  llvm::Type *I16, *I32, *I64;
  llvm::PointerType *Ptr;
  llvm::StringMap<llvm::Constant *> Strings;
  std::vector<llvm::GlobalVariable *> Fields;
  std::map<std::tuple<unsigned, std::string, unsigned, std::string, uint32_t>,
           llvm::Constant *>
      Sites;
};

} // namespace retsan::passes

#endif
