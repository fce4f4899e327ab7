// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

class Exporter {
public:
  explicit Exporter(std::FILE *out) : out_(out), scratch_(new char[64 * 1024]) {}
  virtual ~Exporter() = default;
  void exportAll(const std::vector<std::string> &rows);
  unsigned rows() const { return rows_; }

protected:
  virtual void row(const std::string &s) = 0;
  std::FILE *out_;

private:
  std::unique_ptr<char[]> scratch_;
  unsigned rows_ = 0;
};

void Exporter::exportAll(const std::vector<std::string> &rows) {
  for (const auto &r : rows) {
    row(r);
    ++rows_;
  }
}

class CsvExporter final : public Exporter {
public:
  using Exporter::Exporter;

protected:
  void row(const std::string &s) override { std::fprintf(out_, "\"%s\"\n", s.c_str()); }
};

class JsonExporter final : public Exporter {
public:
  using Exporter::Exporter;

protected:
  void row(const std::string &s) override { std::fprintf(out_, "{\"row\": \"%s\"}\n", s.c_str()); }
};

std::unique_ptr<Exporter> makeExporter(bool json) {
  if (json)
    return std::make_unique<JsonExporter>(stdout);
  return std::make_unique<CsvExporter>(stdout);
}
