// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <string>

struct DatabaseImpl {
  std::string path;
  unsigned queries = 0;
};

class Database {
public:
  explicit Database(std::string path) : impl_(new DatabaseImpl{std::move(path)}) {}
  Database(const Database &) = delete;
  Database &operator=(const Database &) = delete;
  ~Database();
  void close();
  bool query(const std::string &q);
  bool open() const { return impl_ != nullptr; }

private:
  DatabaseImpl *impl_;
};

Database::~Database() { delete impl_; }

void Database::close() {
  delete impl_;
  impl_ = nullptr;
}

bool Database::query(const std::string &q) {
  if (!impl_ || q.empty())
    return false;
  ++impl_->queries;
  return true;
}

Database *openDatabase(const std::string &p) { return new Database(p); }
