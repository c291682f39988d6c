/* A C API over Bullet's multibody dynamics (bulletphysics.org, 3.x): trees of links in generalized coordinates,
 * colliders of every convex shape and of static terrain, contacts with forces, rays, distances and snapshots. Of Myriad
 * it needs only kernels/status.h.
 *
 *   const bullet_world_description plain = {.timestep = 5e-3, .gravity = {0, 0, -9.81}};
 *   bullet_world *world;  bullet_world_create(&plain, &world, &error);
 *   int body;             bullet_multibody_add(world, &tree, &body, &error);
 *   int floor, foot;      bullet_collider_add(world, &..., &floor, &error); ...
 *   bullet_pair_enable(world, floor, foot, &material, &error);       only enabled pairs collide
 *   bullet_multibody_set_state(world, body, positions, velocities);
 *   for (;;) {
 *     bullet_multibody_add_force(world, body, forces);               forces and rows hold for one step
 *     bullet_world_detect(world);                                    finds the contacts of the present state
 *     bullet_world_advance(world);                                   solves them and moves one timestep on
 *   }
 *
 * Units are SI; quaternions are w x y z; vectors are in world axes unless a comment says otherwise. Only one thread at
 * a time may use a world; threads may use different worlds at the same time. Equal calls give equal bits: a world has
 * its own broad phase, solver and caches, pairs and contacts are ordered by the numbers of their colliders, and nothing
 * sleeps.
 *
 * Functions that can fail return a myr_status: MYR_INVALID for senseless descriptions, MYR_ERROR for too little memory.
 * Other functions do not check their indices. */
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
  BULLET_MESH,         /* triangles between the points, with contacts on both sides; static only */
  BULLET_HEIGHT_FIELD, /* a grid of heights above z = 0; size: half extents along x and y; static only */
};
enum { BULLET_HULL_POINTS = 4096 }; /* most corners of a hull, because each query visits all of them */

typedef struct bullet_shape_description {
  int kind; /* enum bullet_shape_kind */
  double size[3];
  double margin;        /* m: radius of the rounded edges of cylinders, boxes and hulls, which make contacts faster to
                           compute; 0: a millimetre, less for small shapes */
  const double *points; /* (point_count, 3) */
  int point_count;
  const int *triangles; /* (triangle_count, 3) indices of points */
  int triangle_count;
  const float *heights; /* (rows, columns): rows along y, columns along x, both ascending */
  int rows, columns;    /* at least 2 each */
} bullet_shape_description;
/* Copies the arrays of the description. MYR_INVALID also for a hull without volume or with more than BULLET_HULL_POINTS
 * corners. */
myr_status bullet_shape_create(const bullet_shape_description *description, bullet_shape **shape, myr_error *error);
void bullet_shape_destroy(bullet_shape *shape); /* NULL is fine */

typedef struct bullet_separation {
  double distance;     /* m; negative: minus the depth of penetration */
  double points[2][3]; /* the nearest, or deepest, point of each */
  double normal[3];    /* from the first to the second */
} bullet_separation;
/* The distance of two convex shapes (not PLANE, MESH or HEIGHT_FIELD) by GJK, or their penetration by EPA. MYR_ERROR
 * if these algorithms give up. */
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

/* The version and precision of the linked library: "Bullet 3.24, double". */
const char *bullet_version(void);

/* ------------------------------------------------------------------------------------------------ multibodies */
enum bullet_joint {
  BULLET_FIXED,
  BULLET_HINGE, /* turns about the axis through the anchor */
  BULLET_SLIDE, /* moves along the axis */
  BULLET_BALL,  /* turns about the anchor */
};

typedef struct bullet_mass {
  double mass;       /* kg; 0 for a link between two joints of the same body */
  double center[3];  /* m, in the link's frame */
  double inertia[6]; /* kg m^2, xx yy zz xy xz yz, about the centre in the link's axes */
} bullet_mass;

/* Every link has a frame of its own, which its joint moves. `frame` is its place in the parent's frame at zero
 * coordinates. */
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
 * Forces have one element for each velocity; their products are powers. A base that does not float is the world. */
typedef struct bullet_multibody_description {
  bool floating;
  bullet_mass base;         /* of a floating base */
  const bullet_link *links; /* parents before children */
  int link_count;
} bullet_multibody_description;
myr_status bullet_multibody_add(bullet_world *world, const bullet_multibody_description *description, int *multibody,
                                myr_error *error);
int bullet_multibody_positions(const bullet_world *world, int multibody); /* the number of coordinates */
int bullet_multibody_velocities(const bullet_world *world, int multibody);

void bullet_multibody_set_state(bullet_world *world, int multibody, const double *positions, const double *velocities);
void bullet_multibody_get_state(const bullet_world *world, int multibody, double *positions, double *velocities);

/* Adds inertia (velocities) to the diagonal of the mass matrix, such as a rotor's behind a gear. Bullet's
 * articulated-body algorithm has no such inertia; every response is corrected for it, exactly. An added inertia of
 * timestep times damping, together with a force of minus damping times velocity, makes the damping implicit. Only
 * joints may have added inertia: MYR_INVALID if an entry of a floating base is not 0. It holds until set again. */
myr_status bullet_multibody_set_added_inertia(bullet_world *world, int multibody, const double *inertia,
                                              myr_error *error);

/* Add generalized forces (velocities), or a wrench at a point of the world, for the next step. link -1: the base. */
void bullet_multibody_add_force(bullet_world *world, int multibody, const double *force);
void bullet_link_add_wrench(bullet_world *world, int multibody, int link, const double point[3], const double force[3],
                            const double torque[3]);

/* The frame in the state of the last bullet_world_detect. link -1: the base. */
void bullet_link_frame(const bullet_world *world, int multibody, int link, bullet_frame *frame);
/* 1/2 v'Mv. M contains the added inertia `rotors` (velocities; NULL: none). */
double bullet_multibody_kinetic_energy(const bullet_world *world, int multibody, const double *rotors);

/* For tests: acceleration (velocities) = M^-1 (force + forces of gravity and of velocities). M contains the added
 * inertia; contacts and rows are left out, and with response_alone gravity and velocities too. Forces that were added
 * before are discarded. */
void bullet_multibody_acceleration(bullet_world *world, int multibody, const double *force, bool response_alone,
                                   double *acceleration);

/* A constraint of the next step on the velocities v of one multibody's joints:
 *   coefficients . v + softness * impulse = target,   lower <= impulse <= upper
 * Limits have lower 0. Dry friction has bounds -bound and bound, and target 0. A motor has the same bounds, and its
 * velocity as target. */
typedef struct bullet_row {
  int multibody, count;
  const int *velocities;      /* (count) their indices; none of a floating base */
  const double *coefficients; /* (count) */
  double target, softness;    /* m/s or rad/s; and m/s per N s, or rad/s per N m s */
  double lower, upper;        /* N s or N m s */
} bullet_row;
myr_status bullet_row_add(bullet_world *world, const bullet_row *row, myr_error *error);
/* The number of rows of the last step, and the impulse of each. Rows are sorted by multibody, then by time of
 * addition. */
int bullet_row_count(const bullet_world *world);
double bullet_row_impulse(const bullet_world *world, int index);

/* ------------------------------------------------------------------------------------------------ colliders */
typedef struct bullet_collider_description {
  const bullet_shape *shape;
  int multibody, link; /* to which it is attached; multibody -1: the world, link -1: the base */
  bullet_frame frame;  /* in the link's frame */
} bullet_collider_description;
/* MYR_INVALID for a static shape on a link, and for a collider or a pair after the first detection. */
myr_status bullet_collider_add(bullet_world *world, const bullet_collider_description *description, int *collider,
                               myr_error *error);

typedef struct bullet_material {
  double friction;           /* Coulomb's, with a round cone */
  double torsional, rolling; /* m: most torque about the normal, and about the tangents, per newton of normal force */
  double restitution;
  double error_reduction; /* ERP: share of a penetration that one step removes, 0 to 1 */
  double softness;        /* CFM, m/(s N): speed at which the contact gives way, per newton of its force */
} bullet_material;
myr_status bullet_pair_enable(bullet_world *world, int a, int b, const bullet_material *material, myr_error *error);

/* ------------------------------------------------------------------------------------------------ stepping */
void bullet_world_detect(bullet_world *world);
void bullet_world_advance(bullet_world *world);

/* A contact of the last detection; its force is valid after the following step. Distances may be positive, because
 * Bullet keeps points for some steps and lets near ones act before they touch. */
typedef struct bullet_contact {
  int pair, a, b;     /* pairs are numbered in the order of bullet_pair_enable; a and b are its arguments */
  double position[3]; /* midway between the surfaces */
  double normal[3];   /* from a to b */
  double distance;    /* m; negative when they overlap */
  double force[3];    /* N, on b */
} bullet_contact;
int bullet_contact_count(const bullet_world *world);
void bullet_contact_get(const bullet_world *world, int index, bullet_contact *contact);
/* Replaces the pair's softness for one contact whose material is not linear. Call between detection and step. */
void bullet_contact_soften(bullet_world *world, int index, double error_reduction, double softness);

typedef struct bullet_ray_hit {
  int collider;
  double fraction; /* 0 at start, 1 at end */
  double position[3], normal[3];
} bullet_ray_hit;
/* Finds the first collider between start and end, at the poses of the last detection; false: there is none. */
bool bullet_world_ray(const bullet_world *world, const double start[3], const double end[3], bullet_ray_hit *hit);

/* ------------------------------------------------------------------------------------------------ snapshots */
/* Coordinates, velocities and the cached contact points, so that a restored world continues bit for bit. Forces and
 * rows of the next step are not part of a snapshot. It fits only the world it was taken from, or one made by equal
 * calls. */
typedef struct bullet_snapshot bullet_snapshot;
myr_status bullet_world_save(const bullet_world *world, bullet_snapshot **snapshot, myr_error *error);
void bullet_world_restore(bullet_world *world, const bullet_snapshot *snapshot);
void bullet_snapshot_destroy(bullet_snapshot *snapshot); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
