/* Floor 1, public: the shapes of geoms, for the engines that step them and the rasterizer that draws them. */
#ifndef MYR_SHAPE_H
#define MYR_SHAPE_H

/* The numbers are MuJoCo's. */
enum myr_geom_type {
  MYR_GEOM_PLANE = 0,
  MYR_GEOM_HFIELD = 1, /* a grid of heights above a base */
  MYR_GEOM_SPHERE = 2,
  MYR_GEOM_CAPSULE = 3,
  MYR_GEOM_ELLIPSOID = 4,
  MYR_GEOM_CYLINDER = 5,
  MYR_GEOM_BOX = 6,
  MYR_GEOM_MESH = 7, /* collides as its convex hull */
};

/* A hull's faces have at most so many corners, and a hull so many vertices. */
enum { MYR_HULL_CORNERS = 8, MYR_HULL_VERTICES = 256 };

#endif
