// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>

struct Node {
  std::string value;
  std::shared_ptr<Node> below;
};

class Stack {
public:
  void push(std::string v) {
    auto n = std::make_shared<Node>();
    n->value = std::move(v);
    n->below = top_;
    top_ = n;
  }
  std::shared_ptr<Node> pop();

private:
  std::shared_ptr<Node> top_;
};

std::shared_ptr<Node> Stack::pop() {
  std::shared_ptr<Node> n = top_;
  if (!n)
    return nullptr;
  top_ = std::move(n->below);
  return n;
}

std::unique_ptr<Stack> makeStack() { return std::make_unique<Stack>(); }
