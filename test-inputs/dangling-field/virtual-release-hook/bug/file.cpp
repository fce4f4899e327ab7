// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend.hpp"
#include <fcntl.h>
#include <unistd.h>

namespace {
class FileBackend final : public Backend {
public:
  ~FileBackend() override { shut(); }

protected:
  Handle *acquire(const std::string &path) override;
  void release() override;
};

Handle *FileBackend::acquire(const std::string &path) {
  int fd = ::open(path.c_str(), O_RDONLY);
  if (fd < 0)
    return nullptr;
  auto *h = new Handle;
  h->fd = fd;
  h->path = path;
  return h;
}

void FileBackend::release() {
  ::close(handle_->fd);
  delete handle_;
}
} // namespace

Backend *makeFileBackend() { return new FileBackend; }
