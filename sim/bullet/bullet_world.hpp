/* The C++ behind bullet_c.h, shared by the parts of the C API. */
#ifndef MYR_BULLET_WORLD_HPP
#define MYR_BULLET_WORLD_HPP

#include <cstdint>
#include <memory>
#include <new>
#include <unordered_map>
#include <vector>

#include <BulletCollision/CollisionDispatch/btCollisionWorld.h>
#include <BulletCollision/CollisionDispatch/btDefaultCollisionConfiguration.h>
#include <BulletCollision/BroadphaseCollision/btDbvtBroadphase.h>
#include <BulletCollision/CollisionShapes/btStridingMeshInterface.h>
#include <BulletDynamics/Featherstone/btMultiBody.h>
#include <BulletDynamics/Featherstone/btMultiBodyConstraintSolver.h>
#include <BulletDynamics/Featherstone/btMultiBodyLinkCollider.h>

#include "sim/bullet/bullet_c.h"

namespace bullet {

inline btVector3 vector_of(const double v[3]) { return btVector3(btScalar(v[0]), btScalar(v[1]), btScalar(v[2])); }

inline btQuaternion rotation_of(const double wxyz[4]) {
  return btQuaternion(btScalar(wxyz[1]), btScalar(wxyz[2]), btScalar(wxyz[3]), btScalar(wxyz[0])).normalized();
}

inline btTransform transform_of(const bullet_frame &frame) {
  return btTransform(rotation_of(frame.rotation), vector_of(frame.position));
}

inline void store(const btVector3 &v, double out[3]) {
  for (int k = 0; k < 3; k++) out[k] = double(v[k]);
}

inline void store(const btQuaternion &q, double wxyz[4]) {
  wxyz[0] = double(q.w()), wxyz[1] = double(q.x()), wxyz[2] = double(q.y()), wxyz[3] = double(q.z());
}

/* Scratch that Bullet's algorithms need from their caller. */
struct scratch {
  btAlignedObjectArray<btScalar> reals;
  btAlignedObjectArray<btVector3> vectors;
  btAlignedObjectArray<btMatrix3x3> matrices;
  btAlignedObjectArray<btQuaternion> rotations;
};

/* Inertia on the diagonal of a multibody's mass matrix M. With S the entries that have some, D their inertia and W =
 * M^-1
 *   S, (M + S D S')^-1 x = y - W (D^-1 + S'W)^-1 S'y,   y = M^-1 x        (Woodbury)
 * so every response that Bullet computes with its M can be corrected afterwards. */
class added_inertia {
public:
  void set(const double *inertia, int count);           /* one for each of Bullet's joint velocities */
  void prepare(const btMultiBody &body, scratch &room); /* after the accelerations of the state were computed */
  void correct(btScalar *response) const;               /* 6 base velocities, then joints */
  const std::vector<btScalar> &diagonal() const { return all_; }

private:
  std::vector<btScalar> all_;     /* (joint velocities) */
  std::vector<int> entries_;      /* those that are not 0 */
  std::vector<btScalar> columns_; /* W: (entries, 6 + joint velocities) */
  std::vector<btScalar> factor_;  /* Cholesky's lower triangle of D^-1 + S'W, row major */
  mutable std::vector<btScalar> solution_;
};

struct row {
  std::vector<int> velocities; /* Bullet's joint velocities */
  std::vector<btScalar> coefficients;
  btScalar target, softness, lower, upper;
};

/* Hands the rows of one multibody to the solver. */
class joint_rows : public btMultiBodyConstraint {
public:
  explicit joint_rows(btMultiBody *body)
      : btMultiBodyConstraint(body, nullptr, -1, -1, 0, false, MAX_MULTIBODY_CONSTRAINT_TYPE) {}
  std::vector<row> rows;
  void finalizeMultiDof() override {}
  int getIslandIdA() const override { return -1; }
  int getIslandIdB() const override { return -1; }
  void debugDraw(btIDebugDraw *) override {}
  void createConstraintRows(btMultiBodyConstraintArray &out, btMultiBodyJacobianData &data,
                            const btContactSolverInfo &info) override;
};

/* Bullet puts a link's frame at its centre of mass, along its principal axes. */
struct link_frame {
  bullet_joint joint;
  btVector3 center;       /* of mass, in the frame of the API */
  btQuaternion axes;      /* principal axes in the frame of the API */
  int position, velocity; /* first coordinate of the API */
  int joint_velocity;     /* first of Bullet's */
};

struct multibody {
  std::unique_ptr<btMultiBody> body;
  bool floating = false;
  link_frame base;
  std::vector<link_frame> links;
  int positions = 0, velocities = 0;
  added_inertia inertia;
  std::unique_ptr<joint_rows> rows;
  std::vector<btQuaternion> to_local; /* (links + 1) rotation from the world, the base's first */

  const link_frame &frame_of(int link) const { return link < 0 ? base : links[size_t(link)]; }
  /* The frame of the link's centre of mass, after the last forward kinematics. */
  btTransform center_transform(int link) const;
  btTransform frame_transform(int link) const; /* of the frame of the API */
  /* The rotation of frame_transform as a product of the joints' rotations, because a quaternion that is computed from a
   * matrix may have the other sign. */
  btQuaternion frame_rotation(int link) const;
  void place_links(scratch &room); /* forward kinematics */
  /* Converts the API's velocities (or forces, or accelerations without their velocity terms) to Bullet's, and back. */
  void forces_to_bullet(const double *from, btScalar *to) const;
  void rates_from_bullet(const btScalar *from, double *to) const;
};

/* Bullet's solver with the added inertia in every row's response. */
class solver : public btMultiBodyConstraintSolver {
public:
  std::vector<double> row_impulses;

protected:
  btScalar solveGroupCacheFriendlySetup(btCollisionObject **bodies, int body_count, btPersistentManifold **manifolds,
                                        int manifold_count, btTypedConstraint **constraints, int constraint_count,
                                        const btContactSolverInfo &info, btIDebugDraw *drawer) override;
  btScalar solveGroupCacheFriendlyFinish(btCollisionObject **bodies, int body_count,
                                         const btContactSolverInfo &info) override;

private:
  void correct(btMultiBodyConstraintArray &rows);
  btScalar correct_response(const btMultiBody *body, int start);
};

struct collider {
  std::unique_ptr<btCollisionObject> object;
  int multibody, link;   /* multibody -1: static */
  btTransform in_center; /* its frame in the frame of the link's centre of mass */
};

struct pair {
  int a, b;
  bullet_material material;
};

struct contact {
  btPersistentManifold *manifold;
  int point, pair;
};

/* Lets only enabled pairs collide. */
class pair_table : public btOverlapFilterCallback {
public:
  std::vector<pair> pairs;
  void add(int a, int b, const bullet_material &material);
  int find(int a, int b) const; /* -1: none */
  bool needBroadphaseCollision(btBroadphaseProxy *a, btBroadphaseProxy *b) const override;

private:
  std::unordered_map<uint64_t, int> index_;
};

} // namespace bullet

struct bullet_shape {
  bullet_shape_kind kind;
  std::unique_ptr<btCollisionShape> shape;
  std::unique_ptr<btStridingMeshInterface> mesh; /* shape refers to it */
  std::vector<double> points;
  std::vector<int> triangles;
  std::vector<float> heights;
  btVector3 offset = btVector3(0, 0, 0); /* of Bullet's shape in the API's frame */
  bool is_static() const { return kind == BULLET_PLANE || kind == BULLET_MESH || kind == BULLET_HEIGHT_FIELD; }
};

struct bullet_world {
  bullet_world();
  btDefaultCollisionConfiguration configuration;
  btCollisionDispatcher dispatcher;
  btDbvtBroadphase broadphase;
  btCollisionWorld collisions;
  bullet::pair_table table;
  bullet::solver solver;
  btContactSolverInfo info;
  btVector3 gravity;
  bullet::scratch room;
  std::vector<bullet::collider> colliders;
  std::vector<std::unique_ptr<bullet::multibody>> multibodies;
  std::vector<btPersistentManifold *> manifolds; /* with contacts, in the order of pairs */
  std::vector<bullet::contact> contacts;
  std::vector<double> buffer;
  bool sealed = false; /* colliders are in the broad phase */
  ~bullet_world();

  bullet::multibody &at(int multibody) { return *multibodies[size_t(multibody)]; }
  const bullet::multibody &at(int multibody) const { return *multibodies[size_t(multibody)]; }
};

#endif
