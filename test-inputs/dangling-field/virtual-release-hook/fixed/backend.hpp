// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
struct Handle {
  int fd = -1;
  std::string path;
};
class Backend {
public:
  virtual ~Backend();
  Backend(const Backend &) = delete;
  Backend &operator=(const Backend &) = delete;
  bool open(const std::string &path);
  void shut();
  bool isOpen() const { return handle_ != nullptr; }
  int descriptor() const { return handle_ ? handle_->fd : -1; }

protected:
  Backend() = default;
  virtual Handle *acquire(const std::string &path) = 0;
  virtual void release() = 0;
  Handle *handle_ = nullptr;
};
Backend *makeFileBackend();
