#include "dataset/names.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "sim/utf8.h"

static bool is_dots(const char *name, size_t length) { return length && length <= 2 && !strncmp(name, "..", length); }

/* The bytes of the character at `name` that may stand in a path as they are; 0 where its first byte may not. */
static size_t plain_bytes(const char *name, size_t left) {
  unsigned char first = (unsigned char)*name;
  if (first < 0x20 || first == 0x7f || first == '/') return 0;
  return utf8_length((const unsigned char *)name, left);
}

/* Replaces what stands behind the last whole character that leaves room for the digest. */
static void shorten(char *escaped, const char *name) {
  enum { DIGEST = 17 }; /* % and 16 digits */
  size_t kept = 0;
  for (size_t next = 0; next <= NAME_BYTES - DIGEST; next += escaped[next] == '%' ? 3 : plain_bytes(escaped + next, 4))
    kept = next;
  snprintf(escaped + kept, DIGEST + 1, "%%%016llx", (unsigned long long)XXH3_64bits(name, strlen(name)));
}

char *name_escape(const char *name) {
  size_t left = strlen(name), used = 0;
  char *escaped = malloc(3 * left + NAME_BYTES);
  if (!escaped) return NULL;
  const bool dots = is_dots(name, left);
  if (!left) escaped[used++] = '%';
  for (const char *at = name; left;) {
    size_t plain = dots || *at == '%' ? 0 : plain_bytes(at, left), taken = plain ? plain : 1;
    if (plain)
      memcpy(escaped + used, at, plain);
    else
      snprintf(escaped + used, 4, "%%%02X", (unsigned)(unsigned char)*at);
    used += plain ? plain : 3;
    at += taken;
    left -= taken;
  }
  escaped[used] = 0;
  if (used > NAME_BYTES) shorten(escaped, name);
  return escaped;
}

bool path_is_safe(const char *path) {
  for (;;) {
    size_t length = strcspn(path, "/"), at = 0;
    if (!length || length > 2 * NAME_BYTES || is_dots(path, length)) return false;
    while (at < length) {
      size_t plain = plain_bytes(path + at, length - at);
      if (!plain) return false;
      at += plain;
    }
    if (!path[length]) return true;
    path += length + 1;
  }
}
