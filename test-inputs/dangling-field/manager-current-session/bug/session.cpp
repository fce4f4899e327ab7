// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "manager.hpp"

void Session::quit() { manager_.remove(this); }
