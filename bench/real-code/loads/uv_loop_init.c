// uv_loop_init under every limit on open files from none to enough: at some
// limit it fails after it has made its table of watchers. The loops are kept,
// as a program does that tries again later.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

int main(void) {
  struct rlimit old;
  getrlimit(RLIMIT_NOFILE, &old);
  uv_loop_t first; // makes what the process needs once
  if (uv_loop_init(&first))
    return 1;
  for (int more = 0; more < 32; ++more) {
    int lowest = dup(0); // a loop that failed may keep its own
    close(lowest);
    struct rlimit few = {(rlim_t)(lowest + more), old.rlim_max};
    uv_loop_t *loop = calloc(1, sizeof *loop);
    setrlimit(RLIMIT_NOFILE, &few);
    int status = uv_loop_init(loop);
    setrlimit(RLIMIT_NOFILE, &old);
    printf("%d files: %s, watchers %s\n", more,
           status ? uv_err_name(status) : "ok",
           loop->watchers ? "kept" : "none");
    if (status == 0)
      return uv_loop_close(loop) || uv_loop_close(&first);
  }
  return 1;
}
