//===- Owners.cpp - types that own memory
//------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Facts treat a smart pointer, std::function, optional or container as one
// pointer that owns what it points to. This file says which class types those
// are.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/UnitBuilder.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using facts::OwnerKind;

bool retsan::extract::inStd(const Decl *D) {
  for (const DeclContext *DC = D->getDeclContext(); DC; DC = DC->getParent())
    if (const auto *NS = dyn_cast<NamespaceDecl>(DC))
      if (!NS->isInline() &&
          NS->getDeclContext()->getRedeclContext()->isTranslationUnit())
        return NS->getName() == "std" || NS->getName() == "__gnu_cxx" ||
               NS->getName() == "boost";
  return false;
}

static const CXXRecordDecl *classOf(QualType T) {
  if (T.isNull())
    return nullptr;
  return T.getNonReferenceType()->getAsCXXRecordDecl();
}

/// The type of template argument \p Index of class \p RD, or null.
static QualType templateArg(const CXXRecordDecl *RD, unsigned Index) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD);
  if (!Spec || Spec->getTemplateArgs().size() <= Index)
    return QualType();
  const TemplateArgument &A = Spec->getTemplateArgs()[Index];
  return A.getKind() == TemplateArgument::Type ? A.getAsType() : QualType();
}

static bool anyTypeArgOwns(const CXXRecordDecl *RD) {
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (!Spec)
    return false;
  auto Owns = [](const TemplateArgument &A) {
    return A.getKind() == TemplateArgument::Type &&
           extract::ownsMemory(A.getAsType());
  };
  for (const TemplateArgument &A : Spec->getTemplateArgs().asArray()) {
    if (Owns(A))
      return true;
    if (A.getKind() == TemplateArgument::Pack &&
        any_of(A.pack_elements(), Owns))
      return true;
  }
  return false;
}

/// What a std class is; decided by its name, which no program may redefine.
static OwnerKind kindByName(const CXXRecordDecl *RD) {
  enum Shape {
    NotOne,
    Unique,
    Shared,
    Weak,
    Function,
    Optional,
    Any,
    Container,
    String
  };
  Shape S = StringSwitch<Shape>(RD->getName())
                .Cases("unique_ptr", "scoped_ptr", "auto_ptr", Unique)
                .Cases("shared_ptr", "intrusive_ptr", "__shared_ptr", Shared)
                .Cases("weak_ptr", "__weak_ptr", Weak)
                .Cases("function", "move_only_function", "copyable_function",
                       Function)
                .Cases("optional", "variant", Optional)
                .Case("any", Any)
                .Cases("vector", "deque", "list", "forward_list", Container)
                .Cases("map", "multimap", "set", "multiset", Container)
                .Cases("unordered_map", "unordered_multimap", Container)
                .Cases("unordered_set", "unordered_multiset", Container)
                .Cases("stack", "queue", "priority_queue", Container)
                .Case("basic_string", String)
                .Default(NotOne);
  switch (S) {
  case NotOne:
    return OwnerKind::None;
  case Unique:
    return OwnerKind::Unique;
  case Shared:
    return OwnerKind::Shared;
  case Weak:
    return OwnerKind::Weak;
  case Function:
    return OwnerKind::Function;
  case Any:
    return OwnerKind::Optional;
  case Optional:
    return anyTypeArgOwns(RD) ? OwnerKind::Optional : OwnerKind::ValueContainer;
  case Container:
    return anyTypeArgOwns(RD) ? OwnerKind::Container
                              : OwnerKind::ValueContainer;
  case String:
    return OwnerKind::ValueContainer;
  }
  llvm_unreachable("covered switch");
}

OwnerKind retsan::extract::ownerKind(QualType T) {
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || !RD->getIdentifier() || !inStd(RD))
    return OwnerKind::None;
  return kindByName(RD);
}

bool retsan::extract::isContainer(QualType T) {
  OwnerKind K = ownerKind(T);
  if (K != OwnerKind::ValueContainer)
    return K == OwnerKind::Container;
  StringRef Name = classOf(T)->getName();
  return Name != "optional" && Name != "variant";
}

QualType retsan::extract::ownedType(QualType T) {
  const CXXRecordDecl *RD = classOf(T);
  QualType Arg = templateArg(RD, 0);
  if (Arg.isNull())
    return Arg;
  // A map owns its values.
  if (RD->getName().contains("map"))
    if (QualType Mapped = templateArg(RD, 1); !Mapped.isNull())
      return Mapped;
  if (const ArrayType *AT = Arg->getAsArrayTypeUnsafe())
    return AT->getElementType();
  return Arg;
}

/// Classes that hold containers of themselves lead back to where the question
/// began: what is being asked is not known to own.
static bool partsOwn(const CXXRecordDecl *RD) {
  static thread_local SmallPtrSet<const CXXRecordDecl *, 16> Asked;
  if (!Asked.insert(RD).second)
    return false;
  auto FieldOwns = [](const FieldDecl *FD) {
    return extract::ownsMemory(FD->getType());
  };
  auto BaseOwns = [](const CXXBaseSpecifier &B) {
    return extract::ownsMemory(B.getType());
  };
  bool Owns = any_of(RD->fields(), FieldOwns) || any_of(RD->bases(), BaseOwns);
  Asked.erase(RD);
  return Owns;
}

bool retsan::extract::ownsMemory(QualType T) {
  T = QualType(T->getBaseElementTypeUnsafe(), 0);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  RD = RD->getDefinition();
  switch (ownerKind(T)) {
  case OwnerKind::ValueContainer:
  case OwnerKind::Weak:
    return false;
  case OwnerKind::None:
    break;
  default:
    return true;
  }
  if (RD->hasTrivialDestructor() || RD->isDependentType())
    return false;
  if (RD->hasUserDeclaredDestructor() && RD->getDestructor() &&
      RD->getDestructor()->isUserProvided() && !inStd(RD))
    return true;
  return partsOwn(RD);
}

bool retsan::extract::ownsArray(QualType T) {
  QualType Arg = templateArg(classOf(T), 0);
  return !Arg.isNull() && Arg->isArrayType();
}

bool retsan::extract::hasCustomDeleter(QualType T) {
  QualType Deleter = templateArg(classOf(T), 1);
  const CXXRecordDecl *RD = classOf(Deleter);
  if (Deleter.isNull())
    return false;
  return !RD || !RD->getIdentifier() || RD->getName() != "default_delete";
}

const CXXMethodDecl *retsan::extract::deleterOf(QualType T) {
  const CXXRecordDecl *RD = classOf(templateArg(classOf(T), 1));
  if (!RD || !RD->hasDefinition())
    return nullptr;
  const CXXMethodDecl *Only = nullptr;
  for (const CXXMethodDecl *MD : RD->getDefinition()->methods()) {
    if (MD->getOverloadedOperator() != OO_Call)
      continue;
    if (Only || !MD->isInstance() || !MD->isDefined())
      return nullptr;
    Only = MD;
  }
  return Only;
}

bool retsan::extract::destroysSomething(const CXXRecordDecl *RD) {
  if (!RD->hasDefinition() || RD->hasTrivialDestructor())
    return false;
  RD = RD->getDefinition();
  const CXXDestructorDecl *DD = RD->getDestructor();
  return DD &&
         (DD->isVirtual() || ownsMemory(RD->getASTContext().getRecordType(RD)));
}
