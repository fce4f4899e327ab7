// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Node {
  explicit Node(std::string n) : name(std::move(n)) {}
  std::string name;
  std::vector<std::unique_ptr<Node>> children;
};

class Scene {
public:
  bool begin();
  bool stage(std::unique_ptr<Node> n);
  bool commit();
  bool abort();
  std::size_t size() const { return root_.children.size(); }
  const Node &root() const { return root_; }

private:
  Node root_{"root"};
  std::vector<std::unique_ptr<Node>> staged_;
  bool batch_ = false;
};

bool Scene::begin() {
  if (batch_)
    return false;
  staged_.clear();
  batch_ = true;
  return true;
}

bool Scene::stage(std::unique_ptr<Node> n) {
  if (!batch_ || !n)
    return false;
  for (const auto &other : staged_)
    if (other->name == n->name)
      return false;
  staged_.push_back(std::move(n));
  return true;
}

bool Scene::commit() {
  if (!batch_)
    return false;
  for (auto &n : staged_)
    root_.children.push_back(std::move(n));
  staged_.clear();
  batch_ = false;
  return true;
}

bool Scene::abort() {
  if (!batch_)
    return false;
  staged_.clear();
  batch_ = false;
  return true;
}

Scene *createScene() { return new Scene; }
