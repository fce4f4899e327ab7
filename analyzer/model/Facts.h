//===- Facts.h - what extraction tells the solver -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One `Unit` is all that the solver ever learns of a translation unit: its
// records, its globals, and for every function a small register program of the
// function's effects on memory. The extractor draws no conclusions here and the
// solver sees no AST.
//
// The register program. A function has locals (parameters first), registers
// (assigned by instructions; a register may be assigned on several paths, as
// the arms of `?:` do) and basic blocks. Memory is named by a `Place`: a base
// (a local, a global, or what a register points to) and a path of fields and
// array elements. There is no implicit memory access: `p->a->b = 0` is
//
//     r0 = load local p
//     r1 = load [r0].a
//     store [r1].b, 0
//
// Owning library types are lowered to what they do to one pointer. A member
// `std::unique_ptr<T> F` is a pointer field F: `F.reset(q)` loads F, frees the
// old value, stores q; `std::move(F)` loads F and stores null. A `shared_ptr`
// releases where a `unique_ptr` frees. `std::function`, `optional` and `any`
// own what they hold in the same way. A container of owners is a field that is
// null when empty: `clear()` releases and stores null, inserting stores a fresh
// value. A moved-from owner is null, also a container or std::function, which
// is what libstdc++ does. std::array is an array and std::atomic<T> a T.
//
// Conventions of lowering
// - A reference is a pointer; a method's object address is the first argument.
// - A record parameter is a local that holds the record itself; the caller
// passes
//   the address of its copy. A returned record is Opaque, what the caller gets
//   is havoc. An owner goes by value as the pointer it is, and is freed on
//   return.
// - `p[i]` is `(p)[i]`, `*p` is `(p)`; decayed arrays are `&a[0]`.
// - Exceptions are followed to the handlers of the same function and from
// `throw`;
//   that any call may leave the function by one is not spelled out.
// - `delete p` and the end of a unique_ptr<T> are a branch around the
//   destructor's call and Free. Who else holds a shared target, and which
//   elements a container has, is not known: their destructors are not called.
// - A temporary of class type is destroyed at the end of its full expression.
// - Of a template's instances the first met stands for all, under the USR of
// the
//   pattern. A function too big to lower is in Diagnostics.
// - Initialisation of function statics by code is on one of two ways of an Any
//   terminator; of namespace-scope variables it is not there (DynamicInit).
// - USRs of internal functions and variables end in "@folder/file".
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_MODEL_FACTS_H
#define RETSAN_ANALYZER_MODEL_FACTS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace retsan::facts {

/// Version of the file format. A reader refuses any other.
constexpr uint32_t FormatVersion = 4;

/// Index into Unit::Strings. 0 is the empty string.
using StrId = uint32_t;
/// Index into Unit::Types. 0 is `void`.
using TypeId = uint32_t;
/// Index into a table of the unit; `None` means "no such thing".
constexpr uint32_t None = ~0u;

/// A place in the source. Line 0 means unknown.
struct SrcLoc {
  uint32_t File = None; ///< Index into Unit::Files.
  uint32_t Line = 0;
  uint32_t Col = 0;
};

struct File {
  StrId Path = 0; ///< Absolute, normalised ("/a/../b" is "/b").
  bool System = false;
};

enum class TypeKind : uint8_t {
  Void,
  Bool,
  Int, ///< Any integer or character type.
  Enum,
  Float,
  Pointer,  ///< To data; references too.
  Function, ///< Pointer (or reference) to a function, or member pointer.
  Record,   ///< A class-type value held in place.
  Array,    ///< Held in place; Elem is the element type.
  Other,
};

/// How a class-type value owns what it points to.
enum class OwnerKind : uint8_t {
  None,
  Unique,    ///< unique_ptr, and user types that behave like it.
  Shared,    ///< shared_ptr, intrusive_ptr and the like: reset releases.
  Weak,      ///< weak_ptr: owns nothing but a control block.
  Function,  ///< std::function, move_only_function.
  Optional,  ///< optional, any, variant that holds an owner.
  Container, ///< container whose elements own (vector<unique_ptr<T>>, ...).
  ValueContainer, ///< string, vector<int>: clear() keeps the buffer on purpose.
};

struct Type {
  TypeKind Kind = TypeKind::Void;
  OwnerKind Owner = OwnerKind::None; ///< Kind is Pointer when this is not None.
  bool Signed = false;
  bool Const = false; ///< Of the value itself, `T *const`.
  bool Atomic = false;
  bool Volatile = false;
  uint32_t SizeBytes = 0;  ///< 0 when incomplete or dependent.
  TypeId Elem = 0;         ///< Pointee or array element.
  uint32_t Record = None;  ///< Kind Record: index into Unit::Records.
  uint64_t ArrayCount = 0; ///< Kind Array: 0 when unknown or flexible.
  StrId Spelling = 0;      ///< As the source would write it.
};

struct Field {
  StrId Name = 0; ///< Empty for an anonymous struct or union.
  TypeId Type = 0;
  uint32_t OffsetBits = 0;
  SrcLoc Decl;
  bool BitField = false;
  bool Private = false; ///< private or protected.
  bool Mutable = false;
  StrId LiveWhile = 0; ///< Text of RETSAN_LIVE_WHILE, or empty.
  StrId Retained = 0;  ///< Text of RETSAN_RETAINED, or empty.
};

/// A struct, union or class. The fields of base classes come first, each base
/// as one field of record type whose name is empty and whose IsBase is set in
/// Record::Bases.
struct Record {
  StrId Name = 0; ///< Qualified; the typedef's name for `typedef struct {..}
                  ///< T`. A template's instances carry the template's name.
  StrId Usr = 0;  ///< Of the template pattern for an instance.
  StrId Key = 0;  ///< Record key (see RecordKey.h): joins units.
  uint64_t LayoutHash = 0;
  SrcLoc Decl;
  uint32_t SizeBytes = 0;
  uint32_t Parent =
      None;              ///< Enclosing record, for a nested one without a name.
  uint32_t NumBases = 0; ///< The first NumBases fields are base classes.
  bool Union = false;
  bool Anonymous =
      false; ///< Has no name of its own: its fields are named through Parent.
  bool System = false; ///< Defined in a system header.
  bool InMainFile = false;
  bool Cxx = false;      ///< Has C++ semantics (constructors, access, ...).
  bool UserDtor = false; ///< A destructor written by the user.
  bool Polymorphic = false;
  std::vector<Field> Fields;
};

/// An operand of an instruction.
struct Operand {
  enum KindTy : uint8_t {
    Nothing,
    Int,   ///< Value is the constant.
    Null,  ///< The null pointer.
    Reg,   ///< Value is the register.
    Func,  ///< Address of a function; Value indexes Unit::Callees.
    Str,   ///< Address of a string literal or of other constant data; not null.
    Opaque ///< Some value the IR does not follow.
  } Kind = Nothing;
  int64_t Value = 0;
};

/// One step from a place into a part of it.
struct PathElem {
  enum KindTy : uint8_t {
    Field,      ///< Record and Index name the field.
    ConstIndex, ///< Array element with the constant index Index.
    AnyIndex, ///< Array element, index not constant (also pointer arithmetic).
  } Kind = Field;
  uint32_t Record = None; ///< Index into Unit::Records.
  uint32_t Index = 0;
  /// AnyIndex: the register that holds the index, or None when it is not one
  /// value (an element reached by several steps, all elements at once). A
  /// summary may be specialised on a constant argument that ends up here.
  uint32_t Reg = None;
};

/// A location in memory.
struct Place {
  enum BaseTy : uint8_t {
    Local,  ///< BaseIndex is a local of the function.
    Global, ///< BaseIndex indexes Unit::Globals.
    Deref,  ///< What the operand Ptr points to.
  } Base = Local;
  uint32_t BaseIndex = 0;
  Operand Ptr;
  std::vector<PathElem> Path;
  TypeId Type = 0; ///< Type of the location.
};

enum class BinOp : uint8_t { Add, Sub, Mul, Div, Rem, And, Or, Xor, Shl, Shr };
enum class CmpOp : uint8_t { EQ, NE, LT, LE, GT, GE };

enum class Op : uint8_t {
  Load,  ///< Dst = value at P.
  Store, ///< P = A.
  Addr,  ///< Dst = address of P. `&p->f`, array decay, record glvalue passed by
         ///< reference.
  Move,  ///< Dst = A. Arms of ?:, && and ||, and copies.
  Bin,   ///< Dst = A Bop B. On a pointer: arithmetic within the same object.
  Cmp,   ///< Dst = A Cop B, 0 or 1.
  Not,   ///< Dst = !A, 0 or 1.
  Call,  ///< Dst = Callee(Args) or, indirect, (*A)(Args).
  New, ///< Dst = fresh, not null, zeroed iff Zeroed. `new`, make_unique, lambda
       ///< closures.
  Free,    ///< A's target is deallocated: `delete`, unique_ptr::reset, owner's
           ///< destructor.
  Release, ///< A's reference is dropped: shared_ptr::reset, function's old
           ///< target.
  Use,     ///< A is used in a way that the IR does not follow (dereferenced or
           ///< escaped).
  CopyRec, ///< *P = *P2, whole records (assignment, copy/move of a record,
           ///< memcpy).
  Zero,    ///< All bytes of P become zero (memset 0, `= {0}`,
           ///< value-initialisation).
  Havoc,   ///< P gets a value that is not known.
  Invalidate, ///< Storage at A is freed or moved and its owner lives on:
              ///< pointers into it dangle. `v.push_back(x)`, `v.erase(i)`.
  EndLocal,   ///< Local Value ends its life (scope exit); its destructor's
              ///< effects came before.
};

struct Instr {
  Op Opcode = Op::Move;
  BinOp Bop = BinOp::Add;
  CmpOp Cop = CmpOp::EQ;
  bool Zeroed = false;  ///< New.
  bool Virtual = false; ///< Call: dispatched dynamically.
  bool CopiesOwner =
      false; ///< Load: a shared owner was copied (reference count went up).
  bool Init = false; ///< Store/Zero/Havoc: initialises a fresh object's member
                     ///< (a member initialiser, a declaration's initialiser).
  bool InMacro = false; ///< Spelled inside a macro body.
  bool Maybe = false;   ///< Invalidate: only a part, or only if it had to grow.
  bool Destroys = false; ///< Call: a destructor's, of an object that goes now.
                         ///< What it reads there keeps nothing alive.
  uint32_t Dst = None;   ///< Register.
  Operand A, B;
  uint32_t P = None; ///< Index into Function::Places.
  uint32_t P2 = None;
  uint32_t Callee =
      None; ///< Index into Unit::Callees; None for an indirect call.
  uint32_t Local = None;     ///< EndLocal.
  TypeId Type = 0;           ///< Of Dst, or of New's object.
  std::vector<Operand> Args; ///< A method's object address comes first.
  SrcLoc Loc;
};

struct SwitchCase {
  int64_t Lo = 0, Hi = 0; ///< Inclusive.
  uint32_t Succ = None;
};

struct Terminator {
  enum KindTy : uint8_t {
    Goto,   ///< To Succs[0].
    Branch, ///< To Succs[0] if Cond is not 0, else Succs[1].
    Switch, ///< By Cases; else Succs[0].
    Return, ///< With value Cond (Nothing for void).
    Throw,  ///< Leaves the function by an exception, or to Succs[0], a handler.
    Unreachable, ///< After a call that does not return.
    Any, ///< To any of Succs (indirect goto, range-for without a condition).
  } Kind = Unreachable;
  Operand Cond;
  std::vector<uint32_t> Succs;
  std::vector<SwitchCase> Cases;
  SrcLoc Loc;
};

struct Block {
  std::vector<Instr> Instrs;
  Terminator Term;
  bool Handler = false; ///< Entered by a catch clause.
};

struct Local {
  StrId Name = 0;
  TypeId Type = 0;
  bool Param = false;
  bool Static = false; ///< Never set: function statics are globals.
  SrcLoc Decl;
};

enum class Linkage : uint8_t { External, Internal };

/// A function that has a body here.
struct Function {
  uint32_t Callee =
      None; ///< Its entry in Unit::Callees (name, USR, attributes).
  StrId ReleasesField = 0; ///< Text of RETSAN_RELEASES, or empty.
  SrcLoc Loc;
  SrcLoc End;
  uint32_t Record = None; ///< Record of `this`, for a method.
  bool Ctor = false;
  bool Dtor = false;
  bool Lambda = false;   ///< Body of a lambda.
  bool Implicit = false; ///< Written by the compiler (defaulted operations).
  bool InMainFile = false;
  bool InHeader = false; ///< Defined in a header (inline).
  bool System = false;
  bool Coroutine = false;
  bool Private = false; ///< A private or protected method.
  bool TemplateInstance = false;
  bool HasSetjmp = false;
  uint32_t NumParams = 0; ///< `this` counts; parameters are the first locals.
  uint32_t NumRegs = 0;
  TypeId ReturnType = 0;
  std::vector<Local> Locals;
  std::vector<Place> Places;
  std::vector<Block> Blocks; ///< Blocks[0] is the entry.
};

/// A function that is defined, called, or whose address is taken.
struct Callee {
  StrId Usr = 0;
  StrId Name = 0; ///< Qualified, without parameters: `ns::C::f`.
  Linkage Link = Linkage::External;
  bool Method = false;
  bool VirtualMethod = false;
  bool NoReturn = false;
  bool MallocLike = false; ///< __attribute__((malloc)) or ownership_returns.
  bool NoThrow = false;
  bool SystemDecl = false;       ///< First declared in a system header.
  bool DeclaredInHeader = false; ///< Declared in a header of the project.
  bool AddressTaken = false; ///< Somewhere in this unit, other than in a call.
  uint64_t TakesArgs = 0;    ///< Bit n: ownership_takes/holds of argument n.
  SrcLoc Decl;
  std::vector<StrId>
      Overrides; ///< USRs of the methods that it overrides directly.
};

/// The constant initial value of (a part of) a global.
struct GlobalInit {
  std::vector<PathElem> Path;
  Operand
      Value; ///< Int, Null, Func, Str, or Opaque. Parts not listed are zero.
};

struct Global {
  StrId Usr = 0;
  StrId Name = 0; ///< `var`, `ns::var`, `func::var` for a function static.
  TypeId Type = 0;
  Linkage Link = Linkage::External;
  bool Const = false;
  bool ThreadLocal = false;
  bool FunctionStatic = false;
  bool Defined = false;     ///< Else only declared here.
  bool DynamicInit = false; ///< Initialised by code at start-up.
  bool System = false;
  bool InMainFile = false;
  StrId LiveWhile = 0;
  StrId Retained = 0;
  SrcLoc Decl;
  std::vector<GlobalInit> Inits;
};

/// What the source calls one value.
struct NamedValue {
  int64_t Value = 0;
  StrId Name = 0;
};

/// An enumeration type; of several names for one value the first.
struct Enumeration {
  std::vector<NamedValue> Values;
};

/// What the source calls the values of a field or global that has an enumerated
/// type, or meets constants with a name: `c->state == CONN_CLOSED`.
struct Naming {
  uint32_t Record = None;        ///< None: a global.
  uint32_t Index = 0;            ///< Of the field or global.
  uint32_t Enum = None;          ///< Its type, an index into Unit::Enums.
  std::vector<NamedValue> Names; ///< Of enumerators and macros that it meets.
};

/// All facts of one translation unit under one command line.
struct Unit {
  std::string ToolVersion;
  std::string MainFile; ///< Absolute path.
  std::string
      Command; ///< The command line, joined; identifies the unit with MainFile.
  std::vector<std::string>
      Diagnostics; ///< Errors that did not stop extraction.
  std::vector<std::string> Strings{std::string()};
  std::vector<File> Files;
  std::vector<Type> Types{Type()};
  std::vector<Record> Records;
  std::vector<Global> Globals;
  std::vector<Callee> Callees;
  std::vector<Function> Functions;
  /// Names of fields and globals that occur in code which the preprocessor left
  /// out.
  std::vector<StrId> LeftOut;
  std::vector<Enumeration> Enums;
  std::vector<Naming> Namings;

  llvm::StringRef str(StrId Id) const { return Strings[Id]; }
};

/// Serialises \p U: magic, version, length, checksum, then the tables.
std::string write(const Unit &U);

/// Reads what `write` wrote. Fails with one clear message on a foreign,
/// truncated or damaged buffer and on another version, and checks that every
/// index is in range, so that the solver need not. \p Name is used in messages.
llvm::Expected<Unit> read(llvm::StringRef Buffer, llvm::StringRef Name);

/// Checks that every index in \p U is in range.
llvm::Error validate(const Unit &U, llvm::StringRef Name);

/// A readable listing, one instruction a line, for tests and for people.
std::string print(const Unit &U);

} // namespace retsan::facts

#endif
