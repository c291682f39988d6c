/* Memory of one document or plan: many small blocks, freed together. */
#ifndef MYR_SCENARIOS_ARENA_H
#define MYR_SCENARIOS_ARENA_H

#include <stddef.h>

typedef struct arena_block arena_block;
typedef struct arena {
  arena_block *blocks;
} arena;

/* Zero-filled and aligned for any type; NULL when memory is out. */
void *arena_take(arena *arena, size_t bytes);
char *arena_text(arena *arena, const char *text, size_t length);
char *arena_format(arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_release(arena *arena);

#endif
