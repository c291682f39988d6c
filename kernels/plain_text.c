#include "kernels/plain_text.h"

void myr_plain_text(char *text) {
  enum { DELETE = 0x7f };
  for (; *text; text++)
    if ((unsigned char)*text < ' ' || *text == DELETE) *text = '?';
}
