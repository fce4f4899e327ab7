// A program that gives a link object a type and takes it away again, as the
// manual of rtnl_link_set_type allows: the name of the type is freed and its
// pointer kept. The next step, rtnl_link_put, would free it again; it is left
// out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <netlink/errno.h>
#include <netlink/route/link.h>
#include <stdio.h>

int main(void) {
  struct rtnl_link *link = rtnl_link_alloc();
  int status = rtnl_link_set_type(link, "dummy");
  printf("rtnl_link_set_type: %s\n", nl_geterror(status));
  rtnl_link_set_type(link, NULL);
  return status != 0;
}
