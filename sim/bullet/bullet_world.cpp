/* Worlds: colliders and pairs, detection, the step, contacts, rays and snapshots.
 *
 * A step is that of btMultiBodyDynamicsWorld without islands, sleeping and interpolation: it finds contacts, turns
 * forces into velocities by the articulated-body algorithm, solves all contacts and rows at once, and integrates
 * positions. */
#include <algorithm>
#include <cstdio>

#include "kernels/model.h"
#include "sim/bullet/bullet_world.hpp"

using namespace bullet;

/* ------------------------------------------------------------------------------------------------ worlds */
/* Small pools, because Bullet's default sizes reserve megabytes. Manifolds and algorithms that exceed them come from
 * the heap. */
static btDefaultCollisionConstructionInfo small_pools() {
  btDefaultCollisionConstructionInfo info;
  info.m_defaultMaxPersistentManifoldPoolSize = info.m_defaultMaxCollisionAlgorithmPoolSize = 64;
  return info;
}

bullet_world::bullet_world()
    : configuration(small_pools()), dispatcher(&configuration), collisions(&dispatcher, &broadphase, &configuration),
      gravity(0, 0, 0) {
  const int perturbations = 4, enough_points = 3; /* a polyhedron on a plane gets all its lowest corners at once */
  configuration.setPlaneConvexMultipointIterations(perturbations, enough_points);
  collisions.getDispatchInfo().m_deterministicOverlappingPairs = true;
  collisions.getPairCache()->setOverlapFilterCallback(&table);
}

bullet_world::~bullet_world() {
  if (!sealed) return;
  for (collider &c : colliders) collisions.removeCollisionObject(c.object.get());
}

myr_status bullet_world_create(const bullet_world_description *description, bullet_world **world, myr_error *error) {
  *world = nullptr;
  if (!(description->timestep > 0))
    return myr_fail(error, MYR_INVALID, "a world with timestep %g", description->timestep);
  if (description->iterations < 0)
    return myr_fail(error, MYR_INVALID, "a world with %d solver iterations", description->iterations);
  try {
    *world = new bullet_world;
  } catch (const std::bad_alloc &) { return myr_fail(error, MYR_ERROR, "out of memory for a Bullet world"); }
  const int default_iterations = 50; /* PyBullet's */
  (*world)->gravity = vector_of(description->gravity);
  (*world)->info.m_timeStep = btScalar(description->timestep);
  (*world)->info.m_numIterations = description->iterations ? description->iterations : default_iterations;
  (*world)->info.m_solverMode = SOLVER_SIMD | SOLVER_USE_2_FRICTION_DIRECTIONS; /* the latter: a round cone */
  (*world)->info.m_splitImpulse = false;                                        /* multibodies have none */
  return MYR_OK;
}

void bullet_world_destroy(bullet_world *world) { delete world; }

const char *bullet_version(void) {
#ifdef BT_USE_DOUBLE_PRECISION
#define BULLET_PRECISION "double"
#else
#define BULLET_PRECISION "single"
#endif
  static const struct text {
    char characters[32];
    text() {
      int version = btGetVersion(); /* 324 */
      std::snprintf(characters, sizeof characters, "Bullet %d.%02d, " BULLET_PRECISION, version / 100, version % 100);
    }
  } version;
  return version.characters;
}

/* ------------------------------------------------------------------------------------------------ colliders */
static uint64_t key_of(int a, int b) {
  int low = std::min(a, b), high = std::max(a, b);
  return uint64_t(low) << 32 | uint64_t(high);
}

void pair_table::add(int a, int b, const bullet_material &material) {
  index_[key_of(a, b)] = int(pairs.size());
  pairs.push_back(pair{a, b, material});
}

int pair_table::find(int a, int b) const {
  auto found = index_.find(key_of(a, b));
  return found == index_.end() ? -1 : found->second;
}

static int index_of(const void *object) { return static_cast<const btCollisionObject *>(object)->getUserIndex(); }

bool pair_table::needBroadphaseCollision(btBroadphaseProxy *a, btBroadphaseProxy *b) const {
  return find(index_of(a->m_clientObject), index_of(b->m_clientObject)) >= 0;
}

static myr_status check_collider(const bullet_world *world, const bullet_collider_description &d, myr_error *error) {
  if (world->sealed) return myr_fail(error, MYR_INVALID, "a collider cannot be added after the first detection");
  if (d.multibody >= int(world->multibodies.size()))
    return myr_fail(error, MYR_INVALID, "a collider of multibody %d of %zu", d.multibody, world->multibodies.size());
  if (d.multibody < 0) return MYR_OK;
  if (d.link < -1 || d.link >= world->at(d.multibody).body->getNumLinks())
    return myr_fail(error, MYR_INVALID, "a collider of link %d of %d", d.link,
                    world->at(d.multibody).body->getNumLinks());
  bool moves = d.link >= 0 || world->at(d.multibody).floating;
  if (moves && d.shape->is_static())
    return myr_fail(error, MYR_INVALID, "planes, meshes and height fields cannot move: attach them to the world");
  return MYR_OK;
}

myr_status bullet_collider_add(bullet_world *world, const bullet_collider_description *description, int *number,
                               myr_error *error) {
  const bullet_collider_description &d = *description;
  myr_status status = check_collider(world, d, error);
  if (status) return status;
  try {
    collider made{nullptr, d.multibody, d.link,
                  transform_of(d.frame) * btTransform(btQuaternion::getIdentity(), d.shape->offset)};
    if (d.multibody < 0) {
      made.object = std::make_unique<btCollisionObject>();
      made.object->setWorldTransform(made.in_center);
    } else {
      multibody &m = world->at(d.multibody);
      made.object = std::make_unique<btMultiBodyLinkCollider>(m.body.get(), d.link);
      const link_frame &frame = m.frame_of(d.link);
      made.in_center = btTransform(frame.axes, frame.center).inverse() * made.in_center;
    }
    made.object->setCollisionShape(d.shape->shape.get());
    made.object->setUserIndex(int(world->colliders.size()));
    world->colliders.push_back(std::move(made));
  } catch (const std::bad_alloc &) { return myr_fail(error, MYR_ERROR, "out of memory for a collider"); }
  *number = int(world->colliders.size()) - 1;
  return MYR_OK;
}

myr_status bullet_pair_enable(bullet_world *world, int a, int b, const bullet_material *material, myr_error *error) {
  int count = int(world->colliders.size());
  if (world->sealed) return myr_fail(error, MYR_INVALID, "a pair cannot be enabled after the first detection");
  if (a < 0 || b < 0 || a >= count || b >= count || a == b)
    return myr_fail(error, MYR_INVALID, "a pair of colliders %d and %d of %d", a, b, count);
  if (world->colliders[size_t(a)].multibody < 0 && world->colliders[size_t(b)].multibody < 0)
    return myr_fail(error, MYR_INVALID, "colliders %d and %d are both attached to the world", a, b);
  if (!(material->friction >= 0) || !(material->torsional >= 0) || !(material->rolling >= 0) ||
      !(material->softness >= 0) || !(material->error_reduction >= 0 && material->error_reduction <= 1))
    return myr_fail(error, MYR_INVALID, "the material of colliders %d and %d is out of range", a, b);
  if (world->table.find(a, b) >= 0)
    return myr_fail(error, MYR_INVALID, "the pair of colliders %d and %d is enabled already", a, b);
  try {
    world->table.add(a, b, *material);
  } catch (const std::bad_alloc &) { return myr_fail(error, MYR_ERROR, "out of memory for a pair"); }
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ detection */
/* Adds the colliders to the broad phase. It creates pairs at once, so it must know all enabled pairs before. */
static void seal(bullet_world *world) {
  if (world->sealed) return;
  world->sealed = true;
  for (collider &c : world->colliders) world->collisions.addCollisionObject(c.object.get());
}

static void place_colliders(bullet_world *world) {
  for (auto &m : world->multibodies) m->place_links(world->room);
  for (collider &c : world->colliders)
    if (c.multibody >= 0) c.object->setWorldTransform(world->at(c.multibody).center_transform(c.link) * c.in_center);
}

static void set_material(btManifoldPoint &point, const bullet_material &material) {
  point.m_combinedFriction = btScalar(material.friction);
  point.m_combinedSpinningFriction = btScalar(material.torsional);
  point.m_combinedRollingFriction = btScalar(material.rolling);
  point.m_combinedRestitution = btScalar(material.restitution);
  point.m_contactERP = btScalar(material.error_reduction);
  point.m_contactCFM = btScalar(material.softness);
  point.m_contactPointFlags |= BT_CONTACT_FLAG_HAS_CONTACT_ERP | BT_CONTACT_FLAG_HAS_CONTACT_CFM;
}

static int pair_of(const bullet_world *world, const btPersistentManifold *manifold) {
  return world->table.find(index_of(manifold->getBody0()), index_of(manifold->getBody1()));
}

/* Lists manifolds in the order of pairs. Bullet's own order depends on the time at which they began. */
static void list_contacts(bullet_world *world) {
  world->manifolds.clear();
  world->contacts.clear();
  for (int i = 0; i < world->dispatcher.getNumManifolds(); i++) {
    btPersistentManifold *manifold = world->dispatcher.getManifoldByIndexInternal(i);
    if (manifold->getNumContacts()) world->manifolds.push_back(manifold);
  }
  std::sort(world->manifolds.begin(), world->manifolds.end(),
            [world](const btPersistentManifold *x, const btPersistentManifold *y) {
              return pair_of(world, x) < pair_of(world, y);
            });
  for (btPersistentManifold *manifold : world->manifolds)
    for (int i = 0; i < manifold->getNumContacts(); i++)
      world->contacts.push_back(contact{manifold, i, pair_of(world, manifold)});
}

void bullet_world_detect(bullet_world *world) {
  seal(world);
  place_colliders(world);
  world->collisions.performDiscreteCollisionDetection();
  list_contacts(world);
  for (const contact &c : world->contacts)
    set_material(c.manifold->getContactPoint(c.point), world->table.pairs[size_t(c.pair)].material);
}

/* ------------------------------------------------------------------------------------------------ the step */
static void advance_velocities(bullet_world *world, multibody &m) {
  btMultiBody &body = *m.body;
  scratch &room = world->room;
  size_t width = size_t(6 + body.getNumDofs());
  if (m.floating) body.addBaseForce(world->gravity * body.getBaseMass());
  for (int i = 0; i < body.getNumLinks(); i++) body.addLinkForce(i, world->gravity * body.getLinkMass(i));
  std::vector<btScalar> change(width);
  const btScalar *velocity = body.getVelocityVector();
  for (size_t i = 0; i < width; i++) change[i] = -velocity[i];
  body.computeAccelerationsArticulatedBodyAlgorithmMultiDof(world->info.m_timeStep, room.reals, room.vectors,
                                                            room.matrices, false, false, false);
  m.inertia.prepare(body, room);
  std::vector<btScalar> corrected(width);
  for (size_t i = 0; i < width; i++) corrected[i] = change[i] += velocity[i];
  m.inertia.correct(corrected.data());
  for (size_t i = 0; i < width; i++) corrected[i] -= change[i];
  body.applyDeltaVeeMultiDof(corrected.data(), 1);
  body.setCompanionId(-1);
}

static void solve_constraints(bullet_world *world) {
  std::vector<btMultiBodyConstraint *> rows;
  for (auto &m : world->multibodies)
    if (!m->rows->rows.empty()) rows.push_back(m->rows.get());
  world->solver.row_impulses.clear();
  if (world->manifolds.empty() && rows.empty()) return;
  world->solver.solveMultiBodyGroup(nullptr, 0, world->manifolds.data(), int(world->manifolds.size()), nullptr, 0,
                                    rows.data(), int(rows.size()), world->info, nullptr, &world->dispatcher);
}

void bullet_world_advance(bullet_world *world) {
  for (auto &m : world->multibodies) advance_velocities(world, *m);
  solve_constraints(world);
  for (auto &m : world->multibodies) {
    m->body->processDeltaVeeMultiDof2();
    m->body->stepPositionsMultiDof(world->info.m_timeStep);
    m->body->clearForcesAndTorques();
    m->body->clearConstraintForces();
    m->rows->rows.clear();
  }
}

int bullet_row_count(const bullet_world *world) { return int(world->solver.row_impulses.size()); }

double bullet_row_impulse(const bullet_world *world, int index) { return world->solver.row_impulses[size_t(index)]; }

/* ------------------------------------------------------------------------------------------------ contacts */
int bullet_contact_count(const bullet_world *world) { return int(world->contacts.size()); }

/* Bullet's normal points from its second body to its first, and an impulse along it pushes the first. */
void bullet_contact_get(const bullet_world *world, int index, bullet_contact *out) {
  const contact &c = world->contacts[size_t(index)];
  const pair &p = world->table.pairs[size_t(c.pair)];
  const btManifoldPoint &point = c.manifold->getContactPoint(c.point);
  btScalar side = index_of(c.manifold->getBody0()) == p.a ? btScalar(-1) : btScalar(1);
  btVector3 impulse = point.m_normalWorldOnB * point.m_appliedImpulse +
                      point.m_lateralFrictionDir1 * point.m_appliedImpulseLateral1 +
                      point.m_lateralFrictionDir2 * point.m_appliedImpulseLateral2;
  out->pair = c.pair, out->a = p.a, out->b = p.b;
  store((point.getPositionWorldOnA() + point.getPositionWorldOnB()) / 2, out->position);
  store(point.m_normalWorldOnB * side, out->normal);
  out->distance = double(point.getDistance());
  store(impulse * (side / world->info.m_timeStep), out->force);
}

void bullet_contact_soften(bullet_world *world, int index, double error_reduction, double softness) {
  const contact &c = world->contacts[size_t(index)];
  btManifoldPoint &point = c.manifold->getContactPoint(c.point);
  point.m_contactERP = btScalar(error_reduction);
  point.m_contactCFM = btScalar(softness);
}

bool bullet_world_ray(const bullet_world *world, const double start[3], const double end[3], bullet_ray_hit *hit) {
  btCollisionWorld::ClosestRayResultCallback nearest(vector_of(start), vector_of(end));
  world->collisions.rayTest(nearest.m_rayFromWorld, nearest.m_rayToWorld, nearest);
  if (!nearest.hasHit()) return false;
  hit->collider = nearest.m_collisionObject->getUserIndex();
  hit->fraction = double(nearest.m_closestHitFraction);
  store(nearest.m_hitPointWorld, hit->position);
  store(nearest.m_hitNormalWorld, hit->normal);
  return true;
}

/* ------------------------------------------------------------------------------------------------ snapshots */
struct bullet_snapshot {
  struct points {
    int a, b; /* colliders */
    std::vector<btManifoldPoint> kept;
  };
  std::vector<btScalar> state; /* of all multibodies, one after the other, in Bullet's own coordinates */
  std::vector<points> manifolds;
};

static void save_state(const btMultiBody &body, std::vector<btScalar> &out) {
  const btVector3 position = body.getBasePos();
  const btQuaternion rotation = body.getWorldToBaseRot();
  for (int k = 0; k < 3; k++) out.push_back(position[k]);
  for (int k = 0; k < 4; k++) out.push_back(rotation[k]);
  for (int i = 0; i < body.getNumLinks(); i++)
    for (int k = 0; k < body.getLink(i).m_posVarCount; k++) out.push_back(body.getJointPosMultiDof(i)[k]);
  for (int i = 0; i < 6 + body.getNumDofs(); i++) out.push_back(body.getVelocityVector()[i]);
}

static const btScalar *restore_state(btMultiBody &body, const btScalar *from) {
  body.setBasePos(btVector3(from[0], from[1], from[2]));
  body.setWorldToBaseRot(btQuaternion(from[3], from[4], from[5], from[6]));
  from += 7;
  for (int i = 0; i < body.getNumLinks(); i++) {
    body.setJointPosMultiDof(i, from);
    from += body.getLink(i).m_posVarCount;
  }
  body.setBaseOmega(btVector3(from[0], from[1], from[2]));
  body.setBaseVel(btVector3(from[3], from[4], from[5]));
  from += 6;
  for (int i = 0; i < body.getNumLinks(); i++) {
    body.setJointVelMultiDof(i, from);
    from += body.getLink(i).m_dofCount;
  }
  return from;
}

myr_status bullet_world_save(const bullet_world *world, bullet_snapshot **snapshot, myr_error *error) {
  *snapshot = nullptr;
  try {
    auto made = std::make_unique<bullet_snapshot>();
    for (auto &m : world->multibodies) save_state(*m->body, made->state);
    for (const btPersistentManifold *manifold : world->manifolds) {
      bullet_snapshot::points points{index_of(manifold->getBody0()), index_of(manifold->getBody1()), {}};
      for (int i = 0; i < manifold->getNumContacts(); i++) points.kept.push_back(manifold->getContactPoint(i));
      made->manifolds.push_back(points);
    }
    *snapshot = made.release();
  } catch (const std::bad_alloc &) { return myr_fail(error, MYR_ERROR, "out of memory for a snapshot"); }
  return MYR_OK;
}

static void restore_points(btPersistentManifold *manifold, const bullet_snapshot &snapshot) {
  manifold->setNumContacts(0);
  for (const auto &points : snapshot.manifolds) {
    if (points.a != index_of(manifold->getBody0()) || points.b != index_of(manifold->getBody1())) continue;
    manifold->setNumContacts(int(points.kept.size()));
    for (size_t i = 0; i < points.kept.size(); i++) manifold->getContactPoint(int(i)) = points.kept[i];
  }
}

/* Detection in the restored state makes a manifold for each pair that was near when the snapshot was taken. The
 * snapshot's points then fill them. */
void bullet_world_restore(bullet_world *world, const bullet_snapshot *snapshot) {
  const btScalar *from = snapshot->state.data();
  for (auto &m : world->multibodies) {
    from = restore_state(*m->body, from);
    m->body->clearForcesAndTorques();
    m->rows->rows.clear();
  }
  bullet_world_detect(world);
  for (int i = 0; i < world->dispatcher.getNumManifolds(); i++)
    restore_points(world->dispatcher.getManifoldByIndexInternal(i), *snapshot);
  list_contacts(world);
}

void bullet_snapshot_destroy(bullet_snapshot *snapshot) { delete snapshot; }
