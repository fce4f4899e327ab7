// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend.hpp"

Backend::~Backend() = default;

bool Backend::open(const std::string &path) {
  if (handle_)
    return handle_->path == path;
  handle_ = acquire(path);
  return handle_ != nullptr;
}

void Backend::shut() {
  if (!handle_)
    return;
  release();
  handle_ = nullptr;
}
