/* Builds levels of detail from triangles. See mesh.h. */
#include <stdlib.h>
#include <string.h>

#include "render/mesh_parts.h"

enum {
  MOST_LEVELS = 24, /* each halves the one before, so this is enough for 2^24 triangles */
  COARSEST = 64,    /* triangles; a coarser level would save nothing */
};
/* A level with more than this share of the former level's triangles is not worth its memory. */
static const double least_gain = 0.8;

/* Reads the surface's triangles into the finest level. */
static bool finest_level(const mesh_surface *surface, mesh_level *level) {
  size_t bytes = (size_t)surface->triangle_count * sizeof *level->triangles;
  level->triangles = malloc(bytes);
  if (!level->triangles) return false;
  memcpy(level->triangles, surface->triangles, bytes);
  level->triangle_count = surface->triangle_count;
  return mesh_tree_build(surface, level);
}

/* Makes the next level; *made says whether there is one. Its error is at least the error of the level before, so that a
 * coarser level never has a smaller error. */
static bool next_level(const mesh_surface *surface, mesh_simplifier *simplifier, const mesh_level *finest,
                       const mesh_level *previous, mesh_level *level, bool *made) {
  *made = false;
  if (!mesh_simplify(simplifier, previous->triangle_count / 2)) return false;
  level->triangles = mesh_simplifier_triangles(simplifier, &level->triangle_count);
  if (!level->triangles) return false;
  if (level->triangle_count == 0 || level->triangle_count > least_gain * previous->triangle_count) return true;
  if (!mesh_tree_build(surface, level)) return false;
  level->error = mesh_distance(surface, finest, level, previous->error);
  return *made = true;
}

static bool build_levels(const mesh_surface *surface, mesh_level *levels, int *level_count) {
  if (!finest_level(surface, &levels[0])) return false;
  *level_count = 1;
  if (levels[0].triangle_count < 2 * COARSEST) return true;
  mesh_simplifier *simplifier = mesh_simplifier_create(surface);
  bool done = simplifier, made = done;
  while (done && made && *level_count < MOST_LEVELS && levels[*level_count - 1].triangle_count >= 2 * COARSEST) {
    done = next_level(surface, simplifier, &levels[0], &levels[*level_count - 1], &levels[*level_count], &made);
    if (done && made) ++*level_count;
  }
  mesh_simplifier_free(simplifier);
  return done;
}

myr_status mesh_build(const mesh_source *source, myr_mesh *mesh, myr_error *error) {
  memset(mesh, 0, sizeof *mesh);
  mesh_surface surface;
  myr_status status = mesh_surface_create(source, &surface, error);
  if (status != MYR_OK) return status;
  mesh_level levels[MOST_LEVELS] = {0};
  int level_count = 0;
  if (!build_levels(&surface, levels, &level_count) || !mesh_assemble(&surface, levels, level_count, mesh))
    status = myr_fail(error, MYR_ERROR, "out of memory");
  for (int i = 0; i < MOST_LEVELS; i++) {
    free(levels[i].triangles);
    free(levels[i].nodes);
  }
  mesh_surface_free(&surface);
  return status;
}
