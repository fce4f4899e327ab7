//===- steps.h - places where a test may stop a thread --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A mistake in the order of two stores shows for nanoseconds. So that a test
// can hold a thread right between them, the concurrent map names the moments
// of a growth. They are nothing in a program: a test defines the macro before
// it includes the map, in its only translation unit.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_DETAIL_STEPS_H
#define RETSAN_MAP_DETAIL_STEPS_H

#ifndef RETSAN_MAP_STEP
/// \p Moment is a name, \p Index the bin it is about, or 0.
#define RETSAN_MAP_STEP(Moment, Index) static_cast<void>(0)
#endif

#endif
