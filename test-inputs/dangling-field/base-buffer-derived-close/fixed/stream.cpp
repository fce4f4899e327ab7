// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <cstdio>
#include <cstring>

class Stream {
public:
  Stream() : buf_(new char[1024]) {}
  virtual ~Stream() { delete[] buf_; }
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;
  void put(const char *s);
  void flush();
  virtual void close() = 0;

protected:
  virtual void write(const char *p, std::size_t n) = 0;
  char *buf_;
  std::size_t used_ = 0;
};

void Stream::put(const char *s) {
  std::size_t n = std::strlen(s);
  if (!buf_ || n > 1024)
    return;
  if (used_ + n > 1024)
    flush();
  std::memcpy(buf_ + used_, s, n);
  used_ += n;
}

void Stream::flush() {
  if (buf_ && used_ > 0)
    write(buf_, used_);
  used_ = 0;
}

class FileStream : public Stream {
public:
  explicit FileStream(const char *path) : f_(std::fopen(path, "w")) {}
  ~FileStream() override {
    if (f_)
      std::fclose(f_);
  }
  void close() override;

protected:
  void write(const char *p, std::size_t n) override;

private:
  std::FILE *f_;
};

void FileStream::write(const char *p, std::size_t n) {
  if (f_)
    std::fwrite(p, 1, n, f_);
}

void FileStream::close() {
  if (!f_)
    return;
  flush();
  std::fclose(f_);
  f_ = nullptr;
  delete[] buf_;
  buf_ = nullptr;
}

Stream *openFileStream(const char *path) { return new FileStream(path); }
