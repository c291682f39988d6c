#include "scenarios/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
  arena_block *next;
  size_t used, capacity;
  _Alignas(16) unsigned char data[];
};

enum { ARENA_BLOCK = 16 * 1024 };

void *arena_take(arena *arena, size_t bytes) {
  bytes = (bytes + 15) & ~(size_t)15;
  arena_block *block = arena->blocks;
  if (!block || block->capacity - block->used < bytes) {
    size_t capacity = bytes > ARENA_BLOCK ? bytes : ARENA_BLOCK;
    block = calloc(1, sizeof *block + capacity);
    if (!block) return NULL;
    block->capacity = capacity;
    block->next = arena->blocks;
    arena->blocks = block;
  }
  void *memory = block->data + block->used;
  block->used += bytes;
  return memory;
}

char *arena_text(arena *arena, const char *text, size_t length) {
  char *copy = arena_take(arena, length + 1);
  if (copy) memcpy(copy, text, length);
  return copy;
}

char *arena_format(arena *arena, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *text = NULL;
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (length < 0) return NULL;
  char *copy = arena_text(arena, text, (size_t)length);
  free(text);
  return copy;
}

void arena_release(arena *arena) {
  for (arena_block *block = arena->blocks, *next; block; block = next) {
    next = block->next;
    free(block);
  }
  arena->blocks = NULL;
}
