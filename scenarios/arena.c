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

enum { ARENA_BLOCK = 16 * 1024, FIRST_CAPACITY = 32 };

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

void *arena_append(arena *arena, arena_list *list, int count, size_t size) {
  if (list->count + count > list->capacity) {
    int capacity = list->capacity ? list->capacity : FIRST_CAPACITY;
    while (capacity < list->count + count) capacity *= 2;
    void *items = arena_take(arena, (size_t)capacity * size);
    if (!items) return NULL;
    if (list->count) memcpy(items, list->items, (size_t)list->count * size);
    list->items = items;
    list->capacity = capacity;
  }
  list->count += count;
  return count ? (char *)list->items + (size_t)(list->count - count) * size : NULL;
}

void arena_release(arena *arena) {
  for (arena_block *block = arena->blocks, *next; block; block = next) {
    next = block->next;
    free(block);
  }
  arena->blocks = NULL;
}
