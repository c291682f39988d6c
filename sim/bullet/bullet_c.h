/* A C API over Bullet's multibody dynamics (bulletphysics.org, 3.x): trees of links in generalized coordinates,
 * colliders of every convex shape and of static terrain, contacts with forces, rays, distances and snapshots. It stands
 * alone: of Myriad it needs kernels/status.h only.
 *
 *   const bullet_world_description plain = {.timestep = 5e-3, .gravity = {0, 0, -9.81}};
 *   bullet_world *world;  bullet_world_create(&plain, &world, &error);
 *   int body;             bullet_multibody_add(world, &tree, &body, &error);
 *   int floor, foot;      bullet_collider_add(world, &..., &floor, &error); ...
 *   bullet_pair_enable(world, floor, foot, &material, &error);       nothing collides unless it is asked to
 *   bullet_multibody_set_state(world, body, positions, velocities);
 *   for (;;) {
 *     bullet_multibody_add_force(world, body, forces);               forces and rows hold for one step
 *     bullet_world_detect(world);                                    contacts of the state as it is
 *     bullet_world_advance(world);                                   solves them, one timestep
 *   }
 *
 * Units are SI; quaternions w x y z; vectors are in world axes where nothing else is said. A world is used by one
 * thread at a time; different worlds by different threads. Equal calls give equal bits: a world has its own broad
 * phase, solver and caches, pairs and contacts are ordered by the numbers of their colliders, and nothing sleeps.
 *
 * Functions that can fail return a myr_status: MYR_INVALID for senseless descriptions, MYR_ERROR for too little memory.
 * Those that return nothing need indices that the functions above gave. */
#ifndef MYR_BULLET_C_H
#define MYR_BULLET_C_H

#include <stdbool.h>

#include "kernels/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bullet_frame {
  double position[3]; /* m */
  double rotation[4]; /* w x y z, of unit length */
} bullet_frame;

/* ------------------------------------------------------------------------------------------------ shapes */
/* A shape is immutable; worlds and threads may share it. It must outlive its colliders. */
typedef struct bullet_shape bullet_shape;

enum bullet_shape_kind {
  BULLET_PLANE,        /* z <= 0 of its frame; static only */
  BULLET_SPHERE,       /* size: radius */
  BULLET_CAPSULE,      /* radius, half length of the axis along z */
  BULLET_ELLIPSOID,    /* half axes */
  BULLET_CYLINDER,     /* radius, half height along z */
  BULLET_BOX,          /* half extents */
  BULLET_HULL,         /* the convex hull of the points */
  BULLET_MESH,         /* triangles between the points, touched from both sides; static only */
  BULLET_HEIGHT_FIELD, /* a grid of heights above z = 0; size: half extents along x and y; static only */
};
enum { BULLET_HULL_POINTS = 4096 }; /* corners that a hull may have: each query visits all of them */

typedef struct bullet_shape_description {
  int kind; /* enum bullet_shape_kind */
  double size[3];
  double margin;        /* m, by which edges of cylinders, boxes and hulls are rounded, for the sake of speed where they
                           touch; 0: a millimetre, less of small ones */
  const double *points; /* (point_count, 3) */
  int point_count;
  const int *triangles; /* (triangle_count, 3) indices of points */
  int triangle_count;
  const float *heights; /* (rows, columns): rows along y, columns along x, both ascending */
  int rows, columns;    /* at least 2 each */
} bullet_shape_description;
/* What is pointed to is copied. MYR_INVALID also for a hull without volume or of more than BULLET_HULL_POINTS
 * corners. */
myr_status bullet_shape_create(const bullet_shape_description *description, bullet_shape **shape, myr_error *error);
void bullet_shape_destroy(bullet_shape *shape); /* NULL is fine */

typedef struct bullet_separation {
  double distance;     /* m; negative: how far they must be moved apart */
  double points[2][3]; /* the nearest, or deepest, point of each */
  double normal[3];    /* from the first to the second */
} bullet_separation;
/* The distance of two convex shapes (not PLANE, MESH nor HEIGHT_FIELD) by GJK, their penetration by EPA. MYR_ERROR
 * where the algorithms give up. */
myr_status bullet_shape_distance(const bullet_shape *a, const bullet_frame *frame_a, const bullet_shape *b,
                                 const bullet_frame *frame_b, bullet_separation *separation, myr_error *error);

/* ------------------------------------------------------------------------------------------------ worlds */
typedef struct bullet_world bullet_world;

typedef struct bullet_world_description {
  double timestep;   /* s */
  double gravity[3]; /* m/s^2 */
  int iterations;    /* of the projected Gauss-Seidel solver; 0: 50 */
} bullet_world_description;
myr_status bullet_world_create(const bullet_world_description *description, bullet_world **world, myr_error *error);
void bullet_world_destroy(bullet_world *world); /* NULL is fine */

/* The version of the library that is linked, and its precision: "Bullet 3.24, double". */
const char *bullet_version(void);

/* ------------------------------------------------------------------------------------------------ multibodies */
enum bullet_joint {
  BULLET_FIXED,
  BULLET_HINGE, /* turns about the axis through the anchor */
  BULLET_SLIDE, /* moves along the axis */
  BULLET_BALL,  /* turns about the anchor */
};

typedef struct bullet_mass {
  double mass;       /* kg; 0 for a link between two joints of one body */
  double center[3];  /* m, in the link's frame */
  double inertia[6]; /* kg m^2, xx yy zz xy xz yz, about the centre in the link's axes */
} bullet_mass;

/* Every link has a frame of its own. At zero coordinates it lies in the parent's as `frame` says; the joint then moves
 * it. */
typedef struct bullet_link {
  int parent; /* number of a link before it, or -1: the base */
  int joint;  /* enum bullet_joint */
  bullet_frame frame;
  double anchor[3], axis[3]; /* in the link's frame; the axis of unit length, for hinge and slide */
  bullet_mass mass;
} bullet_link;

/* Coordinates, in this order:
 *   positions    a floating base: position, quaternion; then of each link: hinge and slide 1, ball 4 (a quaternion)
 *   velocities   a floating base: velocity of its frame's origin in world axes, angular velocity in its own axes;
 *                then of each link: hinge and slide 1, ball 3 (angular velocity in the link's axes)
 * Forces go with velocities: their products are powers. A base that does not float is the world. */
typedef struct bullet_multibody_description {
  bool floating;
  bullet_mass base;         /* of a floating base */
  const bullet_link *links; /* parents before children */
  int link_count;
} bullet_multibody_description;
myr_status bullet_multibody_add(bullet_world *world, const bullet_multibody_description *description, int *multibody,
                                myr_error *error);
int bullet_multibody_positions(const bullet_world *world, int multibody); /* how many coordinates there are */
int bullet_multibody_velocities(const bullet_world *world, int multibody);

void bullet_multibody_set_state(bullet_world *world, int multibody, const double *positions, const double *velocities);
void bullet_multibody_get_state(const bullet_world *world, int multibody, double *positions, double *velocities);

/* What Bullet's articulated-body algorithm does not know, taken into account exactly: inertia (velocities) that is
 * added to the diagonal of the mass matrix, such as a rotor behind a gear. Where it is timestep times a damping, and
 * minus damping times velocity is added as a force, the damping is implicit. Only joints may have it: MYR_INVALID where
 * an entry of a floating base is not 0. Holds until it is set again. */
myr_status bullet_multibody_set_added_inertia(bullet_world *world, int multibody, const double *inertia,
                                              myr_error *error);

/* For the next step: generalized forces (velocities), and a wrench at a point of the world. link -1: the base. */
void bullet_multibody_add_force(bullet_world *world, int multibody, const double *force);
void bullet_link_add_wrench(bullet_world *world, int multibody, int link, const double point[3], const double force[3],
                            const double torque[3]);

/* Of the state as bullet_world_detect saw it. link -1: the base. */
void bullet_link_frame(const bullet_world *world, int multibody, int link, bullet_frame *frame);
/* 1/2 v'Mv with the added inertia of rotors given here (velocities; NULL: none). */
double bullet_multibody_kinetic_energy(const bullet_world *world, int multibody, const double *rotors);

/* acceleration (velocities) = M^-1 (force + what gravity and velocities do), for tests; forces added before are
 * forgotten. The added inertia is in M, contacts and rows are not. With response alone, gravity and velocities are left
 * out. */
void bullet_multibody_acceleration(bullet_world *world, int multibody, const double *force, bool response_alone,
                                   double *acceleration);

/* A constraint of the next step on the velocities v of one multibody's joints:
 *   coefficients . v + softness * impulse = target,   lower <= impulse <= upper
 * Limits have lower 0; dry friction has -bound and bound and target 0; a motor the same and its velocity as target. */
typedef struct bullet_row {
  int multibody, count;
  const int *velocities;      /* (count) which; not of a floating base */
  const double *coefficients; /* (count) */
  double target, softness;    /* m/s or rad/s, and that per N s or N m s */
  double lower, upper;        /* N s or N m s */
} bullet_row;
myr_status bullet_row_add(bullet_world *world, const bullet_row *row, myr_error *error);
/* Of the last step: how many rows there were, and what they did, in the order of multibodies, then of addition. */
int bullet_row_count(const bullet_world *world);
double bullet_row_impulse(const bullet_world *world, int index);

/* ------------------------------------------------------------------------------------------------ colliders */
typedef struct bullet_collider_description {
  const bullet_shape *shape;
  int multibody, link; /* that it is attached to; multibody -1: the world, link -1: the base */
  bullet_frame frame;  /* in the link's frame */
} bullet_collider_description;
/* MYR_INVALID: a static shape on a link; a collider or a pair after the first detection. */
myr_status bullet_collider_add(bullet_world *world, const bullet_collider_description *description, int *collider,
                               myr_error *error);

typedef struct bullet_material {
  double friction;           /* Coulomb's, with a round cone */
  double torsional, rolling; /* m: torque about the normal, and about the tangents, for each newton of normal force */
  double restitution;
  double error_reduction; /* ERP: share of a penetration that one step removes, 0 to 1 */
  double softness;        /* CFM, m/(s N): the speed at which the contact gives way for each newton of its force */
} bullet_material;
myr_status bullet_pair_enable(bullet_world *world, int a, int b, const bullet_material *material, myr_error *error);

/* ------------------------------------------------------------------------------------------------ stepping */
void bullet_world_detect(bullet_world *world);
void bullet_world_advance(bullet_world *world);

/* A contact of the last detection; forces after the step that followed. Bullet keeps points for some steps and lets
 * near ones act before they touch: distances may be positive. */
typedef struct bullet_contact {
  int pair, a, b;     /* pairs are numbered as they were enabled; a and b as given then */
  double position[3]; /* midway between the surfaces */
  double normal[3];   /* from a to b */
  double distance;    /* m; negative when they overlap */
  double force[3];    /* N, on b */
} bullet_contact;
int bullet_contact_count(const bullet_world *world);
void bullet_contact_get(const bullet_world *world, int index, bullet_contact *contact);
/* Between detection and step: other softness than the pair's, for a contact whose material is not linear. */
void bullet_contact_soften(bullet_world *world, int index, double error_reduction, double softness);

typedef struct bullet_ray_hit {
  int collider;
  double fraction; /* of the way from start to end */
  double position[3], normal[3];
} bullet_ray_hit;
/* The first collider on the way, as of the last detection; false: none. */
bool bullet_world_ray(const bullet_world *world, const double start[3], const double end[3], bullet_ray_hit *hit);

/* ------------------------------------------------------------------------------------------------ snapshots */
/* Coordinates, velocities and the cached contact points: a world that is restored continues bit for bit. Forces and
 * rows of the next step are not part of it. Only for the world it was taken from, or one made by equal calls. */
typedef struct bullet_snapshot bullet_snapshot;
myr_status bullet_world_save(const bullet_world *world, bullet_snapshot **snapshot, myr_error *error);
void bullet_world_restore(bullet_world *world, const bullet_snapshot *snapshot);
void bullet_snapshot_destroy(bullet_snapshot *snapshot); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
