/*===- debugger.h - what a debugger may read of the runtime -----------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Where the runtime's allocator keeps its objects and where its table of slots
 * is: retsan-gdb.py reads them in a live process or a core, without debug
 * information of the runtime. Filled in when the runtime starts; all fields are
 * 64 bits wide, offsets and strides in bytes. Fields are only added at the end.
 *===------------------------------------------------------------------------===*/

#ifndef RETSAN_DEBUGGER_H
#define RETSAN_DEBUGGER_H

#include <stdint.h>

#define RETSAN_DEBUGGER_VERSION 1u

struct retsan_debugger_v1 {
  uint64_t version;
  uint64_t size; /* of this record */

  /* The allocator of our own; all zero if it is not in use. Pages of a span
   * that is in use hold `count` objects of `object_size` bytes from `base` on
   * (size 0: one large object of `large_size`). The word of an object is
   * meta[first_id + index]: state in the bits of `state_mask` (1: live), bytes
   * asked for plus 1 above `flag_bits`; with `moved` set the allocation begins
   * as many bytes later as the first word of the object says. */
  uint64_t heap_base;
  uint64_t heap_top_page; /* address of the number of pages in use */
  uint64_t page_size;
  uint64_t spans; /* address; by page */
  uint64_t span_stride;
  uint64_t span_base, span_count, span_first_id, span_object_size;
  uint64_t span_what, span_in_use; /* offset of a byte, and its value */
  uint64_t span_pages, span_large_size;
  uint64_t meta; /* address */
  uint64_t state_mask, flag_bits, moved;

  /* The table of watched slots. */
  uint64_t instances;     /* address of the table's address */
  uint64_t next_instance; /* address of the number of rows, 32 bits */
  uint64_t instance_stride;
  uint64_t instance_slot, instance_value; /* slot 0: the row is not in use */
  uint64_t instance_subject;              /* address of a subject */
  uint64_t instance_target_freed;         /* offset of a byte */
  uint64_t subject_name;                  /* offset of a C string's address */
  uint64_t instance_stored,
      instance_last_used; /* sites: file, function, line */
  uint64_t site_file, site_function, site_line;
};

#endif
