#include "analyzer/extract/Lower.h"
using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::Operand;
bool FunctionLowering::lowerOwnerCall(const CallExpr *, const FunctionDecl *,
                                      Value &) {
  return false;
}
Operand FunctionLowering::takeOwner(const Expr *E, QualType) {
  return operandOf(E);
}
