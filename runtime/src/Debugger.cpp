//===- Debugger.cpp - what a debugger may read of the runtime -------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <retsan/debugger.h>
#include <stddef.h>

RETSAN_EXPORT struct retsan_debugger_v1 __retsan_debugger_v1;
struct retsan_debugger_v1 __retsan_debugger_v1 = {};

namespace retsan {

static uint64_t addressOf(const void *P) {
  return reinterpret_cast<uint64_t>(P);
}

void OwnHeap::describe(retsan_debugger_v1 &D) const {
  D.heap_base = Base;
  D.heap_top_page = addressOf(&TopPage);
  D.page_size = PageSize;
  D.spans = addressOf(Spans);
  D.span_stride = sizeof(OwnSpan);
  D.span_base = offsetof(OwnSpan, Base);
  D.span_count = offsetof(OwnSpan, Count);
  D.span_first_id = offsetof(OwnSpan, FirstId);
  D.span_object_size = offsetof(OwnSpan, Size);
  D.span_what = offsetof(OwnSpan, What);
  D.span_in_use = OwnSpan::InUse;
  D.span_pages = offsetof(OwnSpan, Pages);
  D.span_large_size = offsetof(OwnSpan, LargeSize);
  D.meta = addressOf(Meta);
  D.state_mask = StateMask;
  D.flag_bits = FlagBits;
  D.moved = Moved;
}

void FieldTable::describe(retsan_debugger_v1 &D) const {
  D.instances = addressOf(&Pool);
  D.next_instance = addressOf(&NextInstance);
  D.instance_stride = sizeof(Instance);
  D.instance_slot = offsetof(Instance, Slot);
  D.instance_value = offsetof(Instance, Value);
  D.instance_subject = offsetof(Instance, Of);
  D.instance_target_freed = offsetof(Instance, TargetFreed);
  D.subject_name = offsetof(Subject, Name);
  D.instance_stored = offsetof(Instance, StoreSite);
  D.instance_last_used = offsetof(Instance, LastUseSite);
  D.site_file = offsetof(retsan_site_v1, file);
  D.site_function = offsetof(retsan_site_v1, function);
  D.site_line = offsetof(retsan_site_v1, line);
}

void describeToDebugger() {
  retsan_debugger_v1 &D = __retsan_debugger_v1;
  if (R.Heap.Own.on())
    R.Heap.Own.describe(D);
  R.Fields.describe(D);
  D.size = sizeof D;
  D.version = RETSAN_DEBUGGER_VERSION;
}

} // namespace retsan
