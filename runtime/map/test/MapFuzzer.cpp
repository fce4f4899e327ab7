//===- MapFuzzer.cpp - histories made by libFuzzer
//-------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two bytes an operation; the first byte of the input chooses the policy. A
// walk is kept under way across operations, and must see what stays exactly
// once.
//
//===----------------------------------------------------------------------===//

#include "MapTestSupport.h"

#include <cstdlib>
#include <unordered_map>
#include <unordered_set>

using namespace maptest;
namespace policy = retsan::policy;

namespace {

void require(bool Condition) {
  if (!Condition)
    std::abort();
}

/// Pages move between arrays from 300 KiB on.
struct SmallChunks : policy::prompt {
  static constexpr std::size_t step = 1, batch = 8;
  static constexpr std::size_t chunk_bytes = 4096;
};

template <class Policy, class T = std::string>
void run(const std::uint8_t *Data, std::size_t Size) {
  Map<Policy, std::uint64_t, T> Subject;
  std::unordered_map<std::uint64_t, T> Model;
  auto Walk = Subject.end();
  std::unordered_set<std::uint64_t> Seen;
  for (std::size_t I = 0; I + 1 < Size; I += 2) {
    std::uint64_t Key = Data[I + 1] | (Data[I] & 3) << 8;
    T Value;
    if constexpr (std::is_same_v<T, std::string>)
      Value = std::to_string(I) + " is the number of this value";
    else
      Value = I;
    switch (Data[I] >> 4) {
    case 0 ... 5:
      require(Subject.try_emplace(Key, Value).second ==
              Model.try_emplace(Key, Value).second);
      break;
    case 6:
      for (std::uint64_t K = Key; K != Key + 40; ++K) {
        Subject.insert_or_assign(K, Value);
        Model.insert_or_assign(K, Value);
      }
      break;
    case 7 ... 9:
      require(Subject.erase(Key) == Model.erase(Key));
      Seen.erase(Key);
      break;
    case 10: {
      auto It = Subject.find(Key);
      require((It == Subject.end()) == !Model.contains(Key));
      if (It != Subject.end())
        require(It->second == Model.at(Key));
      break;
    }
    case 11:
      Subject.advance(Key);
      break;
    case 12:
      Walk = Subject.begin();
      Seen.clear();
      break;
    case 13:
      if constexpr (Policy::iterators == retsan::pinning::array)
        for (int N = 0; N != 5 && Walk != Subject.end(); ++N) {
          if (++Walk == Subject.end())
            break;
          require(Seen.insert(Walk->first).second);
          require(Model.at(Walk->first) == Walk->second);
        }
      break;
    case 14:
      if (Key % 8 == 0) {
        Walk = Subject.end();
        Subject.clear();
        Model.clear();
      } else if (Key % 8 == 1) {
        Walk = Subject.end();
        Subject.rebuild();
      } else if (Key % 8 == 2) {
        auto Copy = Subject;
        require(Copy == Subject);
      } else if (Key % 8 == 3) {
        decltype(Subject) Other(std::move(Subject));
        Subject.swap(Other);
      } else if (Key % 8 == 4 && std::is_same_v<T, std::uint64_t>) {
        std::uint64_t From = Model.size() + 1024;
        for (std::uint64_t K = From; K != From + 5000 && K < 40'000; ++K) {
          Subject.try_emplace(K, Value);
          Model.try_emplace(K, Value);
        }
      }
      break;
    default:
      require(std::as_const(Subject).contains(Key) == Model.contains(Key));
    }
    if constexpr (Policy::iterators == retsan::pinning::none)
      Walk = Subject.end();
    require(Subject.size() == Model.size());
  }
  std::size_t Count = 0;
  for (const auto &[K, V] : Subject) {
    require(Model.at(K) == V);
    ++Count;
  }
  require(Count == Model.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *Data,
                                      std::size_t Size) {
  if (Size == 0)
    return 0;
  switch (*Data % 7) {
  case 0:
    run<policy::prompt>(Data + 1, Size - 1);
    break;
  case 1:
    run<policy::go_compatible>(Data + 1, Size - 1);
    break;
  case 2:
    run<policy::ghost>(Data + 1, Size - 1);
    break;
  case 3:
    run<KeptAndPinned>(Data + 1, Size - 1);
    break;
  case 4:
    run<Manual>(Data + 1, Size - 1);
    break;
  case 5:
    run<SmallChunks, std::uint64_t>(Data + 1, Size - 1);
    break;
  default:
    run<Everything>(Data + 1, Size - 1);
  }
  return 0;
}
