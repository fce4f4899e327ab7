// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "workspace.hpp"
#include <iostream>

int runCommand(ed::Workspace &w, const std::string &line) {
  if (line.rfind("open ", 0) == 0)
    w.open(line.substr(5));
  else if (line.rfind("focus ", 0) == 0)
    return w.focus(line.substr(6)) ? 0 : 1;
  else if (line == "close")
    std::cout << w.closeAll(false) << " closed\n";
  else
    for (char c : line)
      w.type(c);
  return 0;
}

std::unique_ptr<ed::Workspace> makeWorkspace() { return std::make_unique<ed::Workspace>(); }
