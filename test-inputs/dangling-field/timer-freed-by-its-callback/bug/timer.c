// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conn.h"

void timer_run(struct timer *t) { t->fire(t->arg); }
