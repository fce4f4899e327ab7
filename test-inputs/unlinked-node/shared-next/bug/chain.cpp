// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

class Chain {
public:
  struct Node {
    std::string name;
    std::shared_ptr<Node> next;
  };
  std::shared_ptr<Node> add(std::string name);
  std::shared_ptr<Node> remove(const std::string &name);
  std::size_t size() const;

private:
  std::shared_ptr<Node> head_;
};

std::shared_ptr<Chain::Node> Chain::add(std::string name) {
  auto n = std::make_shared<Node>();
  n->name = std::move(name);
  n->next = head_;
  head_ = n;
  return n;
}

std::shared_ptr<Chain::Node> Chain::remove(const std::string &name) {
  std::shared_ptr<Node> *link = &head_;
  while (*link && (*link)->name != name)
    link = &(*link)->next;
  std::shared_ptr<Node> gone = *link;
  if (!gone)
    return nullptr;
  *link = gone->next;
  return gone;
}

std::size_t Chain::size() const {
  std::size_t n = 0;
  for (const Node *p = head_.get(); p; p = p->next.get())
    ++n;
  return n;
}

std::unique_ptr<Chain> makeChain() { return std::make_unique<Chain>(); }
