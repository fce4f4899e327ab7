//===- ProfileJSON.h - merged profiles ------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file retsan.profile/1: what `retsan merge` writes and every reader of
// profiles takes as well. The runtime's own files are binary (Profile.h).
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_MODEL_PROFILEJSON_H
#define RETSAN_ANALYZER_MODEL_PROFILEJSON_H

#include "analyzer/model/Profile.h"
#include "llvm/Support/JSON.h"

namespace retsan::profile {

llvm::json::Value toJSON(const Profile &P);

/// Does \p Text look like a JSON profile rather than one of the runtime's?
bool isJSONProfile(llvm::StringRef Text);

llvm::Expected<Profile> parseJSONProfile(llvm::StringRef Text,
                                         llvm::StringRef Name);

} // namespace retsan::profile

#endif
