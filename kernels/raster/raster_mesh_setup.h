/* The parts of a mesh that a tile has to draw: the level of detail, the clusters, and the images of their vertices. */
#ifndef MYR_RASTER_MESH_SETUP_H
#define MYR_RASTER_MESH_SETUP_H

#include "kernels/raster/raster_edge.h"

/* From the mesh's frame to the camera's: rotation x + translation. The same in all lanes. */
typedef struct mesh_place {
  mat3 rotation;
  vec3 translation;
} mesh_place;

KERNEL mesh_place place_mesh(const myr_view *view, const myr_drawable *drawable) {
  mat3 own, camera;
  own.row0 = v3_splat(drawable->rotation);
  own.row1 = v3_splat(drawable->rotation + 3);
  own.row2 = v3_splat(drawable->rotation + 6);
  camera.row0 = v3_splat(view->rotation);
  camera.row1 = v3_splat(view->rotation + 3);
  camera.row2 = v3_splat(view->rotation + 6);
  mesh_place place;
  place.rotation.row0 = m3_apply_transposed(own, m3_column0(camera));
  place.rotation.row1 = m3_apply_transposed(own, m3_column1(camera));
  place.rotation.row2 = m3_apply_transposed(own, m3_column2(camera));
  place.translation = point_into_frame(view->position, view->rotation, v3_splat(drawable->position));
  return place;
}
KERNEL vec3 into_camera(const mesh_place *place, vec3 p) {
  return v3(fmadd(place->rotation.row0.z, p.z,
                  fmadd(place->rotation.row0.y, p.y, fmadd(place->rotation.row0.x, p.x, place->translation.x))),
            fmadd(place->rotation.row1.z, p.z,
                  fmadd(place->rotation.row1.y, p.y, fmadd(place->rotation.row1.x, p.x, place->translation.y))),
            fmadd(place->rotation.row2.z, p.z,
                  fmadd(place->rotation.row2.y, p.y, fmadd(place->rotation.row2.x, p.x, place->translation.z))));
}

/* ------------------------------------------------------------------------------------------------ level of detail */

/* The largest distance by which the error of a level may move a seen point. */
#define LEVEL_ERROR ((scalar)0.5) /* px */

/* The most px that a length of one metre across a sphere (camera's frame, m) can span: at its nearest point, and for a
 * pinhole with the magnification in the direction of its centre. Positive. */
KERNEL real view_pixels_per_metre(const myr_view *view, vec3 center, real radius) {
  real distance = v3_length(center), nearest = maximum(distance - radius, splat(view->near_limit));
  scalar focal = view->focal[0] > view->focal[1] ? view->focal[0] : view->focal[1];
  if (view->projection == MYR_FISHEYE) return splat(focal) / nearest;
  if (view->projection == MYR_BEAMS) { /* the finer of both angles between neighbours */
    real azimuth = absolute(beam_step(view));
    real elevation = absolute(beam_angle(view->elevation, view->height - 1) - beam_angle(view->elevation, 0));
    elevation = elevation / splat((scalar)(view->height > 1 ? view->height - 1 : 1));
    real step = view->width < 2 ? elevation : view->height < 2 ? azimuth : minimum(azimuth, elevation);
    return splat(1) / maximum(step * nearest, splat((scalar)1e-12)); /* a single beam sees the finest level */
  }
  /* A pixel of a pinhole is smaller towards the image's border: f / cos^2 to the radian at most. */
  scalar right = (scalar)view->width - view->center[0], below = (scalar)view->height - view->center[1];
  scalar x = (right > view->center[0] ? right : view->center[0]) / view->focal[0];
  scalar y = (below > view->center[1] ? below : view->center[1]) / view->focal[1];
  real least = splat(1) / square_root(splat(1 + x * x + y * y)); /* the cosine at the corner */
  real cosine = clamp(center.z / maximum(distance, splat((scalar)1e-20)), least, splat(1));
  return splat(focal) / (cosine * cosine * nearest);
}

/* The coarsest level that looks like the finest from this view: its error, seen at the nearest point of the mesh's
 * bounding sphere, is at most LEVEL_ERROR. The drawable also casts its shadow with this level. */
KERNEL int mesh_level(const myr_view *view, const myr_drawable *drawable, const myr_mesh *mesh) {
  const mesh_place place = place_mesh(view, drawable);
  const vec3 center = into_camera(&place, v3_splat(mesh->bound_center));
  real scale = view_pixels_per_metre(view, center, splat(mesh->bound_radius));
  scalar allowed = LEVEL_ERROR / lane_get(&scale, 0);
  int level = mesh->level_count - 1;
  while (level > 0 && mesh->levels[level].error > allowed) level--;
  return level;
}

/* ------------------------------------------------------------------------------------------------ clusters */

KERNEL integer cluster_words(const myr_mesh *mesh, integer cluster, size_t offset) {
  return igather((const int32_t *)((const char *)mesh->clusters + offset),
                 cluster * (int)(sizeof(myr_cluster) / sizeof(int32_t)));
}
#define CLUSTER_REAL(field, k) \
  real_of_bits(cluster_words(mesh, cluster, offsetof(myr_cluster, field) + (size_t)(k) * sizeof(float)))

/* LANES clusters in a row. Bits of `seen` mark the clusters that may be seen, in the view's pixels [low, high). */
typedef struct cluster_group {
  real low_x, low_y, high_x, high_y;
  unsigned seen;
} cluster_group;

/* Clusters first .. first + LANES - 1, those from `end` on left out. */
STAGE void cull_clusters(const myr_view *view, const mesh_place *place, const myr_mesh *mesh, int first, int end,
                         const tile_position *tile, cluster_group *g) {
  integer cluster = integer_minimum(lane_index() + first, isplat(end - 1));
  vec3 center = v3(CLUSTER_REAL(center, 0), CLUSTER_REAL(center, 1), CLUSTER_REAL(center, 2));
  vec3 axis = v3(CLUSTER_REAL(cone_axis, 0), CLUSTER_REAL(cone_axis, 1), CLUSTER_REAL(cone_axis, 2));
  real radius = CLUSTER_REAL(radius, 0), cutoff = CLUSTER_REAL(cone_cutoff, 0);
  center = into_camera(place, center);
  mask averted = ge(v3_dot(center, m3_apply(place->rotation, axis)), fmadd(cutoff, v3_length(center), radius));
  sphere_image image = view_sphere(view, center, radius);
  pixels_of_interval(image.low_x, image.high_x, view->width, &g->low_x, &g->high_x);
  pixels_of_interval(image.low_y, image.high_y, view->height, &g->low_y, &g->high_y);
  g->low_x = maximum(g->low_x, splat((scalar)tile->x));
  g->low_y = maximum(g->low_y, splat((scalar)tile->y));
  g->high_x = minimum(g->high_x, splat((scalar)(tile->x + tile->width)));
  g->high_y = minimum(g->high_y, splat((scalar)(tile->y + tile->height)));
  mask seen = lt(g->low_x, g->high_x) & lt(g->low_y, g->high_y) & ilt(lane_index() + first, isplat(end));
  g->seen = mask_bits(seen & mask_not(averted | image.nearer | image.beyond));
}

/* The vertices of one cluster: where they are in the camera's frame, and as integers. */
typedef struct cluster_vertices {
  real x[MYR_CLUSTER_VERTICES / LANES], y[MYR_CLUSTER_VERTICES / LANES], z[MYR_CLUSTER_VERTICES / LANES];
  integer snapped_x[MYR_CLUSTER_VERTICES / LANES], snapped_y[MYR_CLUSTER_VERTICES / LANES];
  integer snapped_w[MYR_CLUSTER_VERTICES / LANES];
} cluster_vertices;

KERNEL void place_vertices(const myr_view *view, const mesh_place *place, const myr_mesh *mesh,
                           const myr_cluster *cluster, cluster_vertices *v) {
  for (int i = 0; i * LANES < cluster->vertex_count; i++) {
    int from = cluster->vertex_start + i * LANES;
    vec3 p = v3(load_reals(mesh->x + from), load_reals(mesh->y + from), load_reals(mesh->z + from));
    p = into_camera(place, p);
    v->x[i] = p.x;
    v->y[i] = p.y;
    v->z[i] = p.z;
    if (view->projection == MYR_PINHOLE)
      snap_to_image(view, p, &v->snapped_x[i], &v->snapped_y[i], &v->snapped_w[i]);
    else
      snap_direction(p, &v->snapped_x[i], &v->snapped_y[i], &v->snapped_w[i]);
  }
}

#endif
