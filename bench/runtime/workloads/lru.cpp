//===- lru.cpp - a cache of the C++ standard library's parts --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// unordered_map of strings to places in a list of items, which own a blob and
// share a tag; the cache remembers the last hit. Argument: thousands of
// operations. Prints a checksum.
//
//===----------------------------------------------------------------------===//

#include <cstdio>
#include <cstdlib>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

struct Blob {
  explicit Blob(size_t Size) : Bytes(Size, 'b') {}
  std::vector<char> Bytes;
};

struct Item {
  std::string Key;
  std::unique_ptr<Blob> Content;
  std::shared_ptr<std::string> Tag;
};

class Cache {
public:
  explicit Cache(size_t Capacity) : Capacity(Capacity) {}

  Item *get(const std::string &Key) {
    auto It = Index.find(Key);
    if (It == Index.end())
      return nullptr;
    Items.splice(Items.begin(), Items, It->second);
    Last = &*It->second;
    Hits = true;
    return Last;
  }

  void put(const std::string &Key, size_t Size,
           const std::shared_ptr<std::string> &Tag) {
    auto It = Index.find(Key);
    if (It != Index.end()) {
      It->second->Content = std::make_unique<Blob>(Size);
      It->second->Tag = Tag;
      return;
    }
    if (Items.size() == Capacity) {
      if (Last == &Items.back())
        Last = nullptr;
      Index.erase(Items.back().Key);
      Items.pop_back();
    }
    Items.push_front({Key, std::make_unique<Blob>(Size), Tag});
    Index[Key] = Items.begin();
  }

  size_t size() const { return Items.size(); }

private:
  size_t Capacity;
  std::list<Item> Items;
  std::unordered_map<std::string, std::list<Item>::iterator> Index;
  Item *Last = nullptr;
  bool Hits = false;
};

int main(int Argc, char **Argv) {
  unsigned long Ops = (Argc > 1 ? strtoul(Argv[1], nullptr, 10) : 1000) * 1000;
  Cache C(50000);
  std::vector<std::shared_ptr<std::string>> Tags;
  for (int I = 0; I != 100; ++I)
    Tags.push_back(std::make_shared<std::string>("tag " + std::to_string(I)));
  unsigned long X = 1, Sum = 0;
  for (unsigned long N = 0; N != Ops; ++N) {
    X = X * 6364136223846793005u + 1442695040888963407u;
    std::string Key =
        "a key that is not short " + std::to_string((X >> 20) % 80000);
    if (Item *I = C.get(Key))
      Sum += I->Content->Bytes.size() + I->Tag->size();
    else
      C.put(Key, 20 + (X >> 50) % 400, Tags[(X >> 40) % 100]);
  }
  std::printf("%zu %lu\n", C.size(), Sum);
}
