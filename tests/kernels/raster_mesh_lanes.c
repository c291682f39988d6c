/* Plain C functions around kernels/raster/raster_mesh.h, compiled once for each number of lanes. The rasterizer has no
 * build in double precision. */
#ifndef MYR_DOUBLE
#include <string.h>

#include "kernels/raster/raster_mesh.h"

#include "raster_mesh_lanes.h"

#define JOIN(a, b) a##b
#define JOIN_EXPANDED(a, b) JOIN(a, b)

static tile_position tile_at(const myr_view *view, int x, int y, const int32_t *sample) {
  tile_position t = {.x = x, .y = y, .sample_x = sample[0], .sample_y = sample[1]};
  t.width = view->width - x < MYR_TILE ? view->width - x : MYR_TILE;
  t.height = view->height - y < MYR_TILE ? view->height - y : MYR_TILE;
  return t;
}
static void add_coverage(const tile_position *t, const myr_view *view, const coverage *covered, int32_t *count) {
  for (int y = 0; y < t->height; y++)
    for (int x = 0; x < t->width; x++)
      count[(t->y + y) * view->width + t->x + x] += (int32_t)(covered->row[y] >> x & 1u);
}
static int lane_of(int x, int y) { return x % BLOCK_WIDTH + y % BLOCK_HEIGHT * BLOCK_WIDTH; }
static int block_of(int x, int y) { return y / BLOCK_HEIGHT * TILE_BLOCKS_X + x / BLOCK_WIDTH; }

static visibility buffer;
static tile_rays rays;

static void draw(const myr_frame *frame, const myr_view *view, int32_t *sample, float *depth, int32_t *drawable,
                 int32_t *triangle, int32_t *covered) {
  const scene s = {.frame = frame, .view = view};
  memset(covered, 0, (size_t)(view->width * view->height) * sizeof *covered);
  for (int y0 = 0; y0 < view->height; y0 += MYR_TILE)
    for (int x0 = 0; x0 < view->width; x0 += MYR_TILE) {
      tile_position t = tile_at(view, x0, y0, sample);
      begin_tile(&s, &t, 1, &rays, &buffer);
      for (int i = 0; i < frame->drawable_count; i++) {
        coverage bits = {{0}};
        raster_mesh(frame, view, &t, &rays, i, &buffer, &bits);
        add_coverage(&t, view, &bits, covered);
      }
      for (int y = 0; y < t.height; y++)
        for (int x = 0; x < t.width; x++) {
          int pixel = (y0 + y) * view->width + x0 + x, block = block_of(x, y), lane = lane_of(x, y);
          depth[pixel] = lane_get(&buffer.depth[block], lane);
          drawable[pixel] = lane_get_integer(&buffer.drawable[block], lane);
          triangle[pixel] = lane_get_integer(&buffer.triangle[block], lane);
        }
    }
}

static void count(const myr_mesh *mesh, const myr_drawable *drawable, const myr_view *given, int level,
                  int32_t *covers) {
  myr_view view = *given;
  view.near_limit = -3e38f, view.far_limit = 3e38f;
  const myr_frame frame = {.drawables = drawable, .meshes = mesh, .drawable_count = 1};
  const scene s = {.frame = &frame, .view = &view};
  const mesh_place place = place_mesh(&view, drawable);
  const int32_t middle[2] = {SUBPIXELS / 2, SUBPIXELS / 2};
  memset(covers, 0, (size_t)(view.width * view.height) * sizeof *covers);
  for (int y0 = 0; y0 < view.height; y0 += MYR_TILE)
    for (int x0 = 0; x0 < view.width; x0 += MYR_TILE) {
      tile_position t = tile_at(&view, x0, y0, middle);
      begin_tile(&s, &t, 1, &rays, &buffer);
      const myr_mesh_level *l = mesh->levels + level;
      for (int c = l->cluster_start; c < l->cluster_start + l->cluster_count; c++)
        for (int i = 0; i < mesh->clusters[c].triangle_count; i++) {
          myr_cluster one = mesh->clusters[c];
          one.triangle_start += i;
          one.triangle_count = 1;
          coverage bits = {{0}};
          const mesh_target target = {&view, &t, &rays, &buffer, &bits, 0, 0};
          draw_cluster(&target, &place, mesh, &one, (pixel_box){x0, y0, x0 + t.width - 1, y0 + t.height - 1});
          add_coverage(&t, &view, &bits, covers);
        }
    }
}

static void snap(const myr_view *view, int count, const float *points, int32_t *snapped) {
  for (int first = 0; first < count; first += LANES) {
    vec3 p = v3_zero();
    integer x, y, w;
    for (int lane = 0; lane < LANES; lane++) {
      lane_set(&p.x, lane, points[3 * (first + lane)]);
      lane_set(&p.y, lane, points[3 * (first + lane) + 1]);
      lane_set(&p.z, lane, points[3 * (first + lane) + 2]);
    }
    if (view->projection == MYR_PINHOLE)
      snap_to_image(view, p, &x, &y, &w);
    else
      snap_direction(p, &x, &y, &w);
    for (int lane = 0; lane < LANES; lane++) {
      snapped[3 * (first + lane)] = lane_get_integer(&x, lane);
      snapped[3 * (first + lane) + 1] = lane_get_integer(&y, lane);
      snapped[3 * (first + lane) + 2] = lane_get_integer(&w, lane);
    }
  }
}

static void pixels(const myr_view *view, int32_t *snapped) {
  const myr_frame frame = {0};
  const scene s = {.frame = &frame, .view = view};
  const int32_t middle[2] = {SUBPIXELS / 2, SUBPIXELS / 2};
  for (int y0 = 0; y0 < view->height; y0 += MYR_TILE)
    for (int x0 = 0; x0 < view->width; x0 += MYR_TILE) {
      tile_position t = tile_at(view, x0, y0, middle);
      begin_tile(&s, &t, 1, &rays, &buffer);
      for (int y = 0; y < t.height; y++)
        for (int x = 0; x < t.width; x++) {
          integer px, py, pw;
          int32_t *out = snapped + 3 * ((y0 + y) * view->width + x0 + x);
          snap_ray(tile_ray(&rays, x / BLOCK_WIDTH, y / BLOCK_HEIGHT), &px, &py, &pw);
          out[0] = lane_get_integer(&px, lane_of(x, y));
          out[1] = lane_get_integer(&py, lane_of(x, y));
          out[2] = lane_get_integer(&pw, lane_of(x, y));
        }
    }
}

static int level(const myr_view *view, const myr_drawable *drawable, const myr_mesh *mesh) {
  return mesh_level(view, drawable, mesh);
}

const raster_mesh_lanes JOIN_EXPANDED(raster_mesh_lanes_, LANES) = {draw, count, snap, pixels, level};
#else
typedef int raster_mesh_has_no_double_build;
#endif
