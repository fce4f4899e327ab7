#include "analyzer/extract/Lower.h"
using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::Operand;
bool FunctionLowering::runImplicit() { return false; }
void FunctionLowering::destroyOwnerParams() {}
Value FunctionLowering::lowerConstruct(const CXXConstructExpr *E) {
  return opaque(E);
}
Value FunctionLowering::lowerNew(const CXXNewExpr *E) { return opaque(E); }
void FunctionLowering::lowerNewAllocator(const CXXNewExpr *E) {}
void FunctionLowering::lowerDelete(const CXXDeleteExpr *E) { useOperands(E); }
Value FunctionLowering::lowerLambda(const LambdaExpr *E) { return opaque(E); }
void FunctionLowering::lowerInitializer(const CXXCtorInitializer *I) {}
void FunctionLowering::lowerDtorElement(const CFGElement &E) {}
facts::Place FunctionLowering::basePlace(facts::Place P, const CXXRecordDecl *D,
                                         const CXXRecordDecl *Base) {
  if (auto Elem = B.baseElem(D, Base)) {
    P.Path.push_back(*Elem);
    P.Type = B.type(Ctx.getRecordType(Base));
  }
  return P;
}
