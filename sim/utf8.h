/* Text of unknown origin. */
#ifndef MYR_UTF8_H
#define MYR_UTF8_H

#include <stddef.h>

/* Length of the UTF-8 character at text, or 0 if it is truncated, overlong, a surrogate or beyond U+10FFFF. */
static inline size_t utf8_length(const unsigned char *text, size_t left) {
  unsigned char first = text[0];
  if (first < 0x80) return 1;
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || left < length) return 0;
  for (size_t i = 1; i < length; i++) {
    if ((text[i] & 0xc0) != 0x80) return 0;
  }
  if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f)) return 0;
  if ((first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f)) return 0;
  return length;
}

#endif
