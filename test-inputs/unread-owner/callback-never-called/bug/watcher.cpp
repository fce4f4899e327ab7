// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <utility>

class Watcher {
public:
  Watcher(std::string path, std::function<void()> onChange, std::function<void(int)> onError)
      : path_(std::move(path)), onChange_(std::move(onChange)), onError_(std::move(onError)) {}
  void poll();
  unsigned errors() const { return errors_; }
  const std::string &path() const { return path_; }

private:
  void failed(int code);
  std::string path_;
  std::function<void()> onChange_;
  std::function<void(int)> onError_;
  long mtime_ = -1;
  unsigned errors_ = 0;
};

void Watcher::failed(int code) {
  ++errors_;
  std::fprintf(stderr, "%s: %d\n", path_.c_str(), code);
}

void Watcher::poll() {
  struct stat st;
  if (::stat(path_.c_str(), &st) != 0) {
    failed(1);
    return;
  }
  if (mtime_ != -1 && mtime_ != st.st_mtime)
    onChange_();
  mtime_ = st.st_mtime;
}

std::unique_ptr<Watcher> watchFile(const std::string &path, std::function<void()> f) {
  return std::make_unique<Watcher>(path, std::move(f), [](int) {});
}
