/* The memory of one document or plan: many small blocks, which are freed together, and arrays that grow in it. */
#ifndef MYR_SCENARIOS_ARENA_H
#define MYR_SCENARIOS_ARENA_H

#include <stddef.h>

typedef struct arena_block arena_block;
typedef struct arena {
  arena_block *blocks;
} arena;

/* Memory that is zero-filled and aligned for any type; NULL if memory is out. */
void *arena_take(arena *arena, size_t bytes);
char *arena_text(arena *arena, const char *text, size_t length);
char *arena_format(arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_release(arena *arena);

/* An array that grows while its length is still unknown; zero-initialized, it is empty. */
typedef struct arena_list {
  void *items;
  int count, capacity;
} arena_list;

/* Room for `count` more items of `size` bytes at the end, zero-filled; NULL when count is 0 or memory is out. Growing
 * copies the items and leaves the old copy in the arena, so pointers to items hold only until the next call. */
void *arena_append(arena *arena, arena_list *list, int count, size_t size);

#endif
