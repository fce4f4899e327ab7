// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

static unsigned table[256];
static int ready;

int codec_start(void) {
  if (ready)
    return 0;
  for (unsigned i = 0; i < 256; i++) {
    unsigned c = i;
    for (int k = 0; k < 8; k++)
      c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  ready = 1;
  return 0;
}

unsigned codec_crc(const void *data, size_t n) {
  const unsigned char *p = data;
  unsigned c = 0xffffffffu;
  if (!ready)
    return 0;
  while (n-- > 0)
    c = table[(c ^ *p++) & 0xff] ^ (c >> 8);
  return ~c;
}

size_t codec_escape(const unsigned char *in, size_t n, unsigned char *out, size_t room) {
  size_t k = 0;
  for (size_t i = 0; i < n; i++) {
    if (k + 2 > room)
      return 0;
    if (in[i] == 0x7e || in[i] == 0x7d) {
      out[k++] = 0x7d;
      out[k++] = in[i] ^ 0x20;
    } else {
      out[k++] = in[i];
    }
  }
  return k;
}

void codec_stop(void) {
  if (!ready)
    return;
  ready = 0;
}
