// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <memory>
#include <utility>

template <typename T> class List {
public:
  struct Link {
    explicit Link(T v) : value(std::move(v)) {}
    T value;
    std::shared_ptr<Link> next;
  };
  using Handle = std::shared_ptr<Link>;

  void insert(T v) {
    auto l = std::make_shared<Link>(std::move(v));
    l->next = std::move(head_);
    head_ = std::move(l);
    ++size_;
  }
  void insert(Handle l) {
    l->next = std::move(head_);
    head_ = std::move(l);
    ++size_;
  }
  template <typename Pred> Handle extract(Pred pred) {
    for (Handle *at = &head_; *at; at = &(*at)->next)
      if (pred((*at)->value)) {
        Handle l = *at;
        *at = l->next;
        --size_;
        return l;
      }
    return nullptr;
  }
  std::size_t size() const { return size_; }

private:
  Handle head_;
  std::size_t size_ = 0;
};
