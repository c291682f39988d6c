/* Which pairs of geom shapes the narrow phase knows, and how many contacts each can give. Plain C without lanes: the
 * importer reads it as well as the kernels. */
#ifndef MYR_COLLIDE_KIND_H
#define MYR_COLLIDE_KIND_H

enum collide_kind {
  COLLIDE_PLANE_SPHERE,
  COLLIDE_PLANE_CAPSULE,
  COLLIDE_PLANE_ELLIPSOID,
  COLLIDE_PLANE_CYLINDER,
  COLLIDE_PLANE_BOX,
  COLLIDE_SPHERE_SPHERE,
  COLLIDE_SPHERE_CAPSULE,
  COLLIDE_SPHERE_CYLINDER,
  COLLIDE_SPHERE_BOX,
  COLLIDE_CAPSULE_CAPSULE,
  COLLIDE_CAPSULE_BOX,
  COLLIDE_BOX_BOX,
  COLLIDE_KIND_COUNT
};

/* The most slots any kind fills. */
enum { COLLIDE_MOST_SLOTS = 8 };

/* The number of contact slots collide_pair writes for a kind; 0 for no kind. */
static inline int collide_kind_slots(int kind) {
  switch (kind) {
  case COLLIDE_PLANE_SPHERE:
  case COLLIDE_PLANE_ELLIPSOID:
  case COLLIDE_SPHERE_SPHERE:
  case COLLIDE_SPHERE_CAPSULE:
  case COLLIDE_SPHERE_CYLINDER:
  case COLLIDE_SPHERE_BOX: return 1;
  case COLLIDE_PLANE_CAPSULE:
  case COLLIDE_CAPSULE_CAPSULE:
  case COLLIDE_CAPSULE_BOX: return 2;
  case COLLIDE_PLANE_CYLINDER:
  case COLLIDE_PLANE_BOX: return 4;
  case COLLIDE_BOX_BOX: return COLLIDE_MOST_SLOTS;
  default: return 0;
  }
}

/* The kind of a pair of MuJoCo geom types (mjtGeom: plane 0, sphere 2, capsule 3, ellipsoid 4, cylinder 5, box 6) with
 * type1 <= type2, or -1 where the pair is not supported. */
static inline int collide_kind_of(int type1, int type2) {
  switch (16 * type1 + type2) {
  case 16 * 0 + 2: return COLLIDE_PLANE_SPHERE;
  case 16 * 0 + 3: return COLLIDE_PLANE_CAPSULE;
  case 16 * 0 + 4: return COLLIDE_PLANE_ELLIPSOID;
  case 16 * 0 + 5: return COLLIDE_PLANE_CYLINDER;
  case 16 * 0 + 6: return COLLIDE_PLANE_BOX;
  case 16 * 2 + 2: return COLLIDE_SPHERE_SPHERE;
  case 16 * 2 + 3: return COLLIDE_SPHERE_CAPSULE;
  case 16 * 2 + 5: return COLLIDE_SPHERE_CYLINDER;
  case 16 * 2 + 6: return COLLIDE_SPHERE_BOX;
  case 16 * 3 + 3: return COLLIDE_CAPSULE_CAPSULE;
  case 16 * 3 + 6: return COLLIDE_CAPSULE_BOX;
  case 16 * 6 + 6: return COLLIDE_BOX_BOX;
  default: return -1;
  }
}

#endif
