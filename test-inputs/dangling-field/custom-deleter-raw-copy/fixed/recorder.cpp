// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>
#include <memory>
#include <string>

struct Closer {
  void operator()(std::FILE *f) const {
    if (f)
      std::fclose(f);
  }
};

class Recorder {
public:
  bool start(const std::string &path);
  bool write(const std::string &line);
  void stop();
  bool recording() const { return raw_ != nullptr; }
  unsigned lines() const { return lines_; }

private:
  std::unique_ptr<std::FILE, Closer> file_;
  std::FILE *raw_ = nullptr;
  unsigned lines_ = 0;
};

bool Recorder::start(const std::string &path) {
  if (raw_)
    return false;
  file_.reset(std::fopen(path.c_str(), "w"));
  raw_ = file_.get();
  return raw_ != nullptr;
}

bool Recorder::write(const std::string &line) {
  if (!raw_)
    return false;
  if (std::fputs(line.c_str(), raw_) < 0)
    return false;
  ++lines_;
  return true;
}

void Recorder::stop() {
  raw_ = nullptr;
  file_.reset();
}

std::unique_ptr<Recorder> makeRecorder() { return std::make_unique<Recorder>(); }
