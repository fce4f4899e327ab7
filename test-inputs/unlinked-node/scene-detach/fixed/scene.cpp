// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <memory>
#include <vector>

class SceneNode : public std::enable_shared_from_this<SceneNode> {
public:
  void add(const std::shared_ptr<SceneNode> &c);
  bool remove(const std::shared_ptr<SceneNode> &c);
  int depth() const { return parent_ ? parent_->depth() + 1 : 0; }

private:
  std::shared_ptr<SceneNode> parent_;
  std::vector<std::shared_ptr<SceneNode>> children_;
};

void SceneNode::add(const std::shared_ptr<SceneNode> &c) {
  c->parent_ = shared_from_this();
  children_.push_back(c);
}

bool SceneNode::remove(const std::shared_ptr<SceneNode> &c) {
  auto it = std::find(children_.begin(), children_.end(), c);
  if (it == children_.end())
    return false;
  children_.erase(it);
  c->parent_.reset();
  return true;
}

std::shared_ptr<SceneNode> makeScene() { return std::make_shared<SceneNode>(); }
