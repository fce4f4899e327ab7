// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <utility>
#include <vector>

struct Result {
  double value;
  char op;
};

class Calculator {
public:
  double apply(char op, double x);
  double undo();

private:
  double acc_ = 0;
  std::vector<std::unique_ptr<Result>> history_;
};

double Calculator::apply(char op, double x) {
  history_.push_back(std::make_unique<Result>(Result{acc_, op}));
  if (op == '+')
    acc_ += x;
  else if (op == '*')
    acc_ *= x;
  return acc_;
}

double Calculator::undo() {
  if (!history_.empty()) {
    acc_ = history_.back()->value;
    history_.pop_back();
  }
  return acc_;
}

std::unique_ptr<Calculator> makeCalculator() { return std::make_unique<Calculator>(); }
