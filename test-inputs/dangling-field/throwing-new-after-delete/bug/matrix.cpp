// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A resizable matrix of doubles.
#include <algorithm>
#include <cstddef>

class Matrix {
public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols)
      : data_(new double[rows * cols]()), rows_(rows), cols_(cols) {}
  Matrix(const Matrix &) = delete;
  Matrix &operator=(const Matrix &) = delete;
  ~Matrix() { delete[] data_; }

  void resize(std::size_t rows, std::size_t cols);
  void fill(double v);
  double trace() const;
  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  double &at(std::size_t r, std::size_t c) { return data_[r * cols_ + c]; }

private:
  double *data_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

void Matrix::resize(std::size_t rows, std::size_t cols) {
  if (rows == rows_ && cols == cols_)
    return;
  if (data_)
    delete[] data_;
  data_ = new double[rows * cols]();
  rows_ = rows;
  cols_ = cols;
}

void Matrix::fill(double v) {
  if (data_)
    std::fill(data_, data_ + rows_ * cols_, v);
}

double Matrix::trace() const {
  double sum = 0;
  for (std::size_t i = 0; i < std::min(rows_, cols_); ++i)
    sum += data_[i * cols_ + i];
  return sum;
}

Matrix *makeMatrix(std::size_t n) { return new Matrix(n, n); }
