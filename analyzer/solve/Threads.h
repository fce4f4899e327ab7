//===- Threads.h - who runs on a thread of its own ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_THREADS_H
#define RETSAN_ANALYZER_SOLVE_THREADS_H

namespace retsan::solve {

struct Program;

/// Marks the functions that run as threads of their own
/// (Program::ThreadEntry): those that a call names that starts threads, the
/// lambdas handed to one, what a helper starts for its caller, and what such a
/// function does nothing but call. Needs Program::SitesOf.
void findThreads(Program &P);

/// Marks the functions that wait for another thread (Program::Waits), in
/// themselves or in what they call by name. Needs Program::SitesOf.
void findWaits(Program &P);

} // namespace retsan::solve

#endif
