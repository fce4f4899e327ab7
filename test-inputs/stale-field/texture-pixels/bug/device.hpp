// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <cstdint>
class Device {
public:
  virtual ~Device() = default;
  virtual unsigned create(const std::uint32_t *rgba, std::size_t w, std::size_t h) = 0;
  virtual void use(unsigned handle) = 0;
  virtual void remove(unsigned handle) = 0;
};
