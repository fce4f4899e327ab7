// NOLINT in all its forms, and RETSAN_RETAINED.
// RUN: %check %s -- -I%source/runtime/include 2>&1 | %nothing
// RUN: sed 's/NOLINT[A-Z]*//' %s > %t.c
// RUN: %check %t.c -- -I%source/runtime/include | FileCheck-19 %s

#include <retsan/annotations.h>
#include <stdlib.h>
#include <string.h>

static char *one, *two;
static char *three RETSAN_RETAINED("for the next caller");
static int have_one, have_two, have_three;

void set(const char *t) {
  if (have_one || have_two || have_three)
    return;
  free(one);
  free(two);
  free(three);
  one = strdup(t);
  two = strdup(t);
  three = strdup(t);
  have_one = have_two = have_three = 1;
}
size_t len(void) {
  return (have_one ? strlen(one) : 0) + (have_two ? strlen(two) : 0) +
         (have_three ? strlen(three) : 0);
}
// CHECK: warning: 'one' is freed
void off_one(void) {
  if (!have_one)
    return;
  have_one = 0;
  free(one); // NOLINT(retsan-dangling-field)
}
// CHECK: warning: 'two' is freed
void off_two(void) {
  if (!have_two)
    return;
  have_two = 0;
  // NOLINTNEXTLINE
  free(two);
}
// CHECK-NOT: warning: 'three'
void off_three(void) {
  if (!have_three)
    return;
  have_three = 0;
  free(three);
}
