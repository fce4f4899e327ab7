//===- FactsFileTest.cpp - facts files, whole and damaged -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Facts.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/xxhash.h"
#include "gtest/gtest.h"

using namespace retsan::facts;

namespace {

/// A unit that uses every table and every kind of reference between them.
Unit sampleUnit() {
  Unit U;
  U.ToolVersion = "1";
  U.MainFile = "/src/a.c";
  U.Command = "clang a.c";
  U.Diagnostics = {"f: skipped"};
  U.Strings = {"", "node", "next", "f", "c:@F@f", "head", "/src/a.c", "void"};
  U.Types[0].Spelling = 7;
  U.Files.push_back({6, false});
  Type Ptr;
  Ptr.Kind = TypeKind::Pointer;
  Ptr.Elem = 2;
  U.Types.push_back(Ptr);
  Type Rec;
  Rec.Kind = TypeKind::Record;
  Rec.Record = 0;
  U.Types.push_back(Rec);
  Record R;
  R.Name = 1;
  R.LayoutHash = ~0ull;
  Field Next;
  Next.Name = 2;
  Next.Type = 1;
  R.Fields.push_back(Next);
  U.Records.push_back(R);
  Global G;
  G.Name = 5;
  G.Type = 1;
  G.Inits.push_back({{}, {Operand::Func, 0}});
  U.Globals.push_back(G);
  Callee C;
  C.Name = 3;
  C.Usr = 4;
  C.Overrides = {4};
  U.Callees.push_back(C);
  Function F;
  F.Callee = 0;
  F.NumRegs = 1;
  F.NumParams = 1;
  F.Locals.resize(1);
  Place P;
  P.Base = Place::Deref;
  P.Ptr = {Operand::Reg, 0};
  P.Path.push_back({PathElem::Field, 0, 0});
  P.Path.push_back({PathElem::AnyIndex, None, 0, 0});
  F.Places.push_back(P);
  Block B;
  Instr I;
  I.Opcode = Op::Load;
  I.Dst = 0;
  I.P = 0;
  I.Args = {{Operand::Int, INT64_MIN}, {Operand::Null, 0}};
  I.Loc = {0, 12, 3};
  B.Instrs.push_back(I);
  B.Term.Kind = Terminator::Switch;
  B.Term.Succs = {0};
  B.Term.Cases.push_back({-5, 7, 0});
  F.Blocks.push_back(B);
  U.Functions.push_back(F);
  U.Enums.push_back({{{-1, 1}, {INT64_MAX, 2}}});
  U.Namings.push_back({0, 0, 0, {{2, 3}}});
  U.Namings.push_back({None, 0, None, {}});
  return U;
}

std::string messageOf(llvm::StringRef Buffer) {
  llvm::Expected<Unit> U = read(Buffer, "x.facts");
  if (U)
    return "";
  return llvm::toString(U.takeError());
}

/// Makes the checksum right again after a change of the payload.
void reseal(std::string &File) {
  llvm::StringRef Payload = llvm::StringRef(File).drop_front(28);
  uint64_t Hash = llvm::xxh3_64bits(Payload);
  llvm::support::endian::write64le(&File[12], Payload.size());
  llvm::support::endian::write64le(&File[20], Hash);
}

TEST(FactsFile, RoundTripKeepsEverything) {
  Unit U = sampleUnit();
  std::string File = write(U);
  llvm::Expected<Unit> Again = read(File, "x.facts");
  ASSERT_TRUE(static_cast<bool>(Again)) << llvm::toString(Again.takeError());
  EXPECT_EQ(write(*Again), File);
  EXPECT_EQ(print(*Again), print(U));
  EXPECT_EQ(Again->Functions[0].Blocks[0].Instrs[0].Args[0].Value, INT64_MIN);
  EXPECT_EQ(Again->Functions[0].Blocks[0].Term.Cases[0].Lo, -5);
  EXPECT_EQ(Again->Functions[0].Blocks[0].Instrs[0].Callee, None);
  EXPECT_EQ(Again->Records[0].LayoutHash, ~0ull);
  EXPECT_EQ(Again->Command, "clang a.c");
  EXPECT_EQ(Again->Enums[0].Values[1].Value, INT64_MAX);
  EXPECT_EQ(Again->Namings[0].Names[0].Name, 3u);
  EXPECT_EQ(Again->Namings[1].Record, None);
}

TEST(FactsFile, EveryTruncationIsRefused) {
  std::string File = write(sampleUnit());
  for (size_t N = 0; N < File.size(); ++N) {
    std::string Message = messageOf(llvm::StringRef(File).take_front(N));
    ASSERT_FALSE(Message.empty()) << "accepted " << N << " bytes";
    EXPECT_TRUE(llvm::StringRef(Message).starts_with("x.facts: ")) << Message;
    EXPECT_NE(Message.find(N == 0 ? "not a RetSan facts file" : "truncated"),
              std::string::npos)
        << N << ": " << Message;
  }
}

TEST(FactsFile, ExtraBytesAreRefused) {
  EXPECT_NE(messageOf(write(sampleUnit()) + "x").find("extra bytes"),
            std::string::npos);
}

TEST(FactsFile, ForeignFilesAreRefused) {
  EXPECT_EQ(messageOf("{\"findings\": []}"),
            "x.facts: not a RetSan facts file");
  EXPECT_EQ(messageOf(std::string(100, '\0')),
            "x.facts: not a RetSan facts file");
}

TEST(FactsFile, OtherVersionsAreRefused) {
  std::string File = write(sampleUnit());
  File[8] = static_cast<char>(FormatVersion + 1);
  EXPECT_EQ(messageOf(File), "x.facts: facts format " +
                                 std::to_string(FormatVersion + 1) +
                                 ", this is " + std::to_string(FormatVersion) +
                                 ": extract again");
}

TEST(FactsFile, EveryBitFlipIsNoticed) {
  const std::string File = write(sampleUnit());
  for (size_t I = 0; I < File.size() * 8; ++I) {
    std::string Flipped = File;
    Flipped[I / 8] ^= static_cast<char>(1 << (I % 8));
    EXPECT_FALSE(messageOf(Flipped).empty()) << "bit " << I;
  }
}

/// A checksum is no protection from a file made on purpose: whatever the reader
/// then accepts must be safe to print and to write.
TEST(FactsFile, ResealedDamageIsRefusedOrHarmless) {
  const std::string File = write(sampleUnit());
  size_t Refused = 0;
  for (size_t I = 28; I < File.size(); ++I)
    for (unsigned Byte : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::string Damaged = File;
      Damaged[I] = static_cast<char>(Byte);
      reseal(Damaged);
      llvm::Expected<Unit> U = read(Damaged, "x.facts");
      if (!U) {
        llvm::consumeError(U.takeError());
        ++Refused;
        continue;
      }
      EXPECT_FALSE(print(*U).empty());
      EXPECT_FALSE(static_cast<bool>(validate(*U, "x.facts")));
    }
  EXPECT_GT(Refused, File.size());
}

TEST(FactsFile, ForgedCountReservesNothing) {
  std::string File = write(Unit());
  // Payload: three empty strings, no diagnostics, then the count of strings.
  File.resize(28);
  File += std::string(4, '\0');
  File += std::string(9, '\xff') + '\x01';
  reseal(File);
  EXPECT_NE(messageOf(File).find("damaged"), std::string::npos);
}

struct Break {
  const char *What;
  void (*Apply)(Unit &);
};

class Validation : public testing::TestWithParam<Break> {};

TEST_P(Validation, IsRefused) {
  Unit U = sampleUnit();
  ASSERT_FALSE(static_cast<bool>(validate(U, "u")));
  GetParam().Apply(U);
  llvm::Error E = validate(U, "u");
  ASSERT_TRUE(static_cast<bool>(E)) << GetParam().What;
  EXPECT_NE(llvm::toString(std::move(E)).find(GetParam().What),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Broken, Validation,
    testing::Values(
        Break{"string 99", [](Unit &U) { U.Records[0].Name = 99; }},
        Break{"type 99", [](Unit &U) { U.Types[1].Elem = 99; }},
        Break{"record 7", [](Unit &U) { U.Types[2].Record = 7; }},
        Break{"without a record", [](Unit &U) { U.Types[2].Record = None; }},
        Break{"contains itself",
              [](Unit &U) { U.Records[0].Fields[0].Type = 2; }},
        Break{"its own parent", [](Unit &U) { U.Records[0].Parent = 0; }},
        Break{"more bases", [](Unit &U) { U.Records[0].NumBases = 2; }},
        Break{"field 1",
              [](Unit &U) { U.Functions[0].Places[0].Path[0].Index = 1; }},
        Break{"register 1",
              [](Unit &U) { U.Functions[0].Places[0].Ptr.Value = 1; }},
        Break{"register",
              [](Unit &U) { U.Functions[0].Places[0].Ptr.Value = -1; }},
        Break{"register 6",
              [](Unit &U) { U.Functions[0].Places[0].Path[1].Reg = 6; }},
        Break{"block 4",
              [](Unit &U) { U.Functions[0].Blocks[0].Term.Succs[0] = 4; }},
        Break{"block 5",
              [](Unit &U) { U.Functions[0].Blocks[0].Term.Cases[0].Succ = 5; }},
        Break{"successor",
              [](Unit &U) { U.Functions[0].Blocks[0].Term.Succs.clear(); }},
        Break{"without a block",
              [](Unit &U) { U.Functions[0].Blocks.clear(); }},
        Break{"without a result",
              [](Unit &U) { U.Functions[0].Blocks[0].Instrs[0].Dst = None; }},
        Break{"without a place",
              [](Unit &U) { U.Functions[0].Blocks[0].Instrs[0].P = None; }},
        Break{"callee 3",
              [](Unit &U) { U.Globals[0].Inits[0].Value.Value = 3; }},
        Break{"string 99", [](Unit &U) { U.Enums[0].Values[0].Name = 99; }},
        Break{"string 98", [](Unit &U) { U.Namings[0].Names[0].Name = 98; }},
        Break{"enumeration 1", [](Unit &U) { U.Namings[0].Enum = 1; }},
        Break{"field 3", [](Unit &U) { U.Namings[0].Index = 3; }},
        Break{"record 5", [](Unit &U) { U.Namings[0].Record = 5; }},
        Break{"global 2", [](Unit &U) { U.Namings[1].Index = 2; }},
        Break{"file 2", [](Unit &U) { U.Functions[0].Loc.File = 2; }},
        Break{"more parameters", [](Unit &U) { U.Functions[0].NumParams = 9; }},
        Break{"opcode", [](Unit &U) {
                U.Functions[0].Blocks[0].Instrs[0].Opcode =
                    static_cast<Op>(200);
              }}));

} // namespace
