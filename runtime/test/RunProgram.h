//===- RunProgram.h - run a test program, read its profiles ---------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Starts a program with RETSAN_OPTIONS in a fresh folder and parses what it
// leaves.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_TEST_RUNPROGRAM_H
#define RETSAN_RUNTIME_TEST_RUNPROGRAM_H

#include "analyzer/model/Profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace retsan::test {

struct Outcome {
  int Status = 0; ///< Exit status, 128+n for a signal.
  std::string Err;
  std::vector<profile::Profile> Profiles; ///< By process id.
  std::vector<std::string> Files;         ///< What is in them, in any order.
};

inline std::string readAll(const std::filesystem::path &P) {
  std::ifstream In(P, std::ios::binary);
  std::ostringstream Out;
  Out << In.rdbuf();
  return Out.str();
}

/// Runs \p Args; \p Options are added to log_path. Without \p WithLog no
/// log_path.
inline Outcome run(std::vector<std::string> Args,
                   const std::string &Options = "", bool WithLog = true) {
  namespace fs = std::filesystem;
  std::string Folder =
      (fs::temp_directory_path() / "retsan-test-XXXXXX").string();
  if (!mkdtemp(Folder.data()))
    throw std::runtime_error("mkdtemp");
  std::string Env =
      (WithLog ? "log_path=" + Folder + ":" : std::string()) + Options;
  // The same tests run once more over the other allocator.
  if (const char *More = getenv("RETSAN_TEST_OPTIONS"))
    Env = std::string(More) + ":" + Env;
  std::string Err = Folder + "/stderr";
  pid_t Child = fork();
  if (Child == 0) {
    setenv("RETSAN_OPTIONS", Env.c_str(), 1);
    // Nothing of what the test's own caller left open.
    for (int File = 3; File < 1024; ++File)
      close(File);
    if (!freopen(Err.c_str(), "w", stderr))
      _exit(126);
    std::vector<char *> Argv;
    for (std::string &A : Args)
      Argv.push_back(A.data());
    Argv.push_back(nullptr);
    execv(Argv[0], Argv.data());
    _exit(127);
  }
  int Raw = 0;
  waitpid(Child, &Raw, 0);
  Outcome Result;
  Result.Status = WIFSIGNALED(Raw) ? 128 + WTERMSIG(Raw) : WEXITSTATUS(Raw);
  Result.Err = readAll(Err);
  for (const auto &Entry : fs::directory_iterator(Folder)) {
    if (Entry.path().extension() != ".retsan")
      continue;
    std::string Bytes = readAll(Entry.path());
    llvm::Expected<profile::Profile> P =
        profile::parseProfile(Bytes, Entry.path().filename().string());
    if (P)
      Result.Profiles.push_back(std::move(*P));
    else
      ADD_FAILURE() << llvm::toString(P.takeError());
    Result.Files.push_back(std::move(Bytes));
  }
  std::sort(Result.Profiles.begin(), Result.Profiles.end(),
            [](const auto &A, const auto &B) { return A.Pid < B.Pid; });
  fs::remove_all(Folder);
  return Result;
}

inline std::string program(const std::string &Name) {
  return std::string(RETSAN_TEST_PROGRAMS) + "/" + Name;
}

/// The state of a finding; an empty one if the profile does not have it.
inline profile::StateResult state(const profile::Profile &P,
                                  const std::string &Fingerprint) {
  for (const profile::StateResult &S : P.States)
    if (S.Fingerprint == Fingerprint)
      return S;
  ADD_FAILURE() << "no state " << Fingerprint;
  return {};
}

inline profile::SubjectResult subject(const profile::Profile &P, uint64_t Id) {
  for (const profile::SubjectResult &S : P.Subjects)
    if (S.SubjectId == Id)
      return S;
  ADD_FAILURE() << "no subject " << Id;
  return {};
}

inline profile::CheckpointSubject atCheckpoint(const profile::Checkpoint &C,
                                               uint64_t Id) {
  for (const profile::CheckpointSubject &S : C.Subjects)
    if (S.SubjectId == Id)
      return S;
  ADD_FAILURE() << "no subject " << Id << " at the checkpoint";
  return {};
}

} // namespace retsan::test

#endif
