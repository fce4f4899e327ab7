//===- layout_bench.cpp - where buckets lie, in virtual and physical memory
//===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints size and alignment of a bucket, how the entries of a map lie in
// virtual memory, whether huge pages hold them, and how far its array is
// contiguous in physical memory. Physical addresses need CAP_SYS_ADMIN; without
// it the program says so and prints the rest.
//
//===----------------------------------------------------------------------===//

#include "retsan/map/incremental_map.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

/// The first line of a file that begins so, without that; or what is missing.
std::string lineOf(const char *File, const char *Begin) {
  std::ifstream In(File);
  for (std::string Line; std::getline(In, Line);)
    if (Line.rfind(Begin, 0) == 0) {
      Line.erase(0, Line.find_first_not_of(' ', std::string(Begin).size()));
      return Line;
    }
  return std::string("not shown, ") + File + " cannot be read";
}

} // namespace

int main() {
  using Bucket = retsan::map_detail::bucket<std::uint64_t, std::uint64_t>;
  std::printf(
      "bucket of <uint64, uint64>: %zu bytes, aligned to %zu (Go: 144, 8)\n",
      sizeof(Bucket), alignof(Bucket));
  retsan::incremental_map<std::uint64_t, std::uint64_t> M(400'000);
  for (std::uint64_t I = 0; I != 400'000; ++I)
    M[I] = I;
  std::vector<std::uintptr_t> Pages;
  std::uintptr_t Low = ~std::uintptr_t(0);
  for (auto &Entry : M) {
    auto Address = reinterpret_cast<std::uintptr_t>(&Entry);
    Low = std::min(Low, Address);
    Pages.push_back(Address / 4096);
  }
  std::sort(Pages.begin(), Pages.end());
  Pages.erase(std::unique(Pages.begin(), Pages.end()), Pages.end());
  std::size_t Runs = 1;
  for (std::size_t I = 1; I != Pages.size(); ++I)
    Runs += Pages[I] != Pages[I - 1] + 1;
  std::printf(
      "%zu entries on %zu pages, %zu runs of virtual pages, %zu overflow "
      "buckets of %zu buckets\n",
      M.size(), Pages.size(), Runs, M.statistics().overflow_buckets,
      M.bucket_count());

  std::printf(
      "huge pages in this process: %s (transparent_hugepage: %s)\n",
      lineOf("/proc/self/smaps_rollup", "AnonHugePages:").c_str(),
      lineOf("/sys/kernel/mm/transparent_hugepage/enabled", "").c_str());
  int Fd = open("/proc/self/pagemap", O_RDONLY);
  std::size_t Breaks = 0, Known = 0;
  std::uint64_t Last = 0;
  for (std::uintptr_t Page : Pages) {
    std::uint64_t Word = 0;
    if (Fd < 0 ||
        pread(Fd, &Word, sizeof(Word), static_cast<off_t>(Page * 8)) != 8)
      break;
    std::uint64_t Frame = Word & ((1ull << 55) - 1);
    if (Frame == 0)
      continue;
    Breaks += Known != 0 && Frame != Last + 1;
    Last = Frame;
    ++Known;
  }
  if (Fd >= 0)
    close(Fd);
  if (Known == 0)
    std::printf(
        "physical layout: not shown, /proc/self/pagemap gives frame numbers to "
        "CAP_SYS_ADMIN only\n");
  else
    std::printf(
        "physical layout: %zu pages in %zu runs of consecutive frames\n", Known,
        Breaks + 1);
}
