/* Multibodies: converts between the API's frames at the joints and Bullet's frames at the centres of mass. */
#include "sim/bullet/bullet_world.hpp"

using namespace bullet;

/* ------------------------------------------------------------------------------------------------ conversion */
namespace {

/* Principal moments of inertia; axes: the rotation of the principal axes in the link's frame. */
btVector3 principal(const bullet_mass &mass, btQuaternion &axes) {
  btScalar i[6];
  for (int k = 0; k < 6; k++) i[k] = btScalar(mass.inertia[k]);
  btMatrix3x3 tensor(i[0], i[3], i[4], i[3], i[1], i[5], i[4], i[5], i[2]);
  btMatrix3x3 rotation;
  const int most_rotations = 50; /* of Jacobi's method: a 3 by 3 matrix needs about ten */
  tensor.diagonalize(rotation, SIMD_EPSILON, most_rotations);
  rotation.getRotation(axes);
  axes.normalize();
  return btVector3(tensor[0][0], tensor[1][1], tensor[2][2]);
}

myr_status check_link(const bullet_multibody_description &d, int i, myr_error *error) {
  const bullet_link &link = d.links[i];
  if (link.parent < -1 || link.parent >= i)
    return myr_fail(error, MYR_INVALID, "link %d: its parent %d does not precede it", i, link.parent);
  if (link.joint < BULLET_FIXED || link.joint > BULLET_BALL)
    return myr_fail(error, MYR_INVALID, "link %d: there is no joint of kind %d", i, link.joint);
  if (!(link.mass.mass >= 0)) return myr_fail(error, MYR_INVALID, "link %d: mass %g", i, link.mass.mass);
  btScalar length = vector_of(link.axis).length();
  if ((link.joint == BULLET_HINGE || link.joint == BULLET_SLIDE) && !(btFabs(length - 1) < btScalar(1e-3)))
    return myr_fail(error, MYR_INVALID, "link %d: its axis has length %g instead of 1", i, double(length));
  return MYR_OK;
}

void set_up_link(btMultiBody &body, int i, const bullet_link &link, const link_frame &parent, link_frame &frame) {
  const bool disable_parent_collision = false; /* pairs are chosen one by one */
  frame.joint = bullet_joint(link.joint);
  frame.center = vector_of(link.mass.center);
  btVector3 inertia = principal(link.mass, frame.axes);
  btQuaternion rotation = rotation_of(link.frame.rotation);
  btVector3 pivot = vector_of(link.frame.position) + quatRotate(rotation, vector_of(link.anchor));
  btQuaternion from_parent = (parent.axes.inverse() * rotation * frame.axes).inverse();
  btVector3 to_pivot = quatRotate(parent.axes.inverse(), pivot - parent.center);
  btVector3 to_center = quatRotate(frame.axes.inverse(), frame.center - vector_of(link.anchor));
  btVector3 axis = quatRotate(frame.axes.inverse(), vector_of(link.axis)).safeNormalize();
  btScalar mass = btScalar(link.mass.mass);
  switch (frame.joint) {
  case BULLET_FIXED: body.setupFixed(i, mass, inertia, link.parent, from_parent, to_pivot, to_center); break;
  case BULLET_HINGE:
    body.setupRevolute(i, mass, inertia, link.parent, from_parent, axis, to_pivot, to_center, disable_parent_collision);
    break;
  case BULLET_SLIDE:
    body.setupPrismatic(i, mass, inertia, link.parent, from_parent, axis, to_pivot, to_center,
                        disable_parent_collision);
    break;
  case BULLET_BALL:
    body.setupSpherical(i, mass, inertia, link.parent, from_parent, to_pivot, to_center, disable_parent_collision);
    break;
  }
}

int position_count(bullet_joint joint) { return joint == BULLET_BALL ? 4 : joint == BULLET_FIXED ? 0 : 1; }
int velocity_count(bullet_joint joint) { return joint == BULLET_BALL ? 3 : joint == BULLET_FIXED ? 0 : 1; }

/* Switches off Bullet's own damping, sleeping and bounds. */
void set_up_body(btMultiBody &body) {
  const btScalar unbounded = btScalar(1e30);
  body.setHasSelfCollision(true);
  body.setLinearDamping(0);
  body.setAngularDamping(0);
  body.setMaxCoordinateVelocity(unbounded);
  body.setMaxAppliedImpulse(unbounded);
  body.setUseGyroTerm(true);
  body.setCanSleep(false);
  body.setCanWakeup(false);
  body.finalizeMultiDof();
}

std::unique_ptr<multibody> create(const bullet_multibody_description &d) {
  auto made = std::make_unique<multibody>();
  made->floating = d.floating;
  made->base = link_frame{BULLET_FIXED, btVector3(0, 0, 0), btQuaternion::getIdentity(), 0, 0, 0};
  btVector3 inertia(0, 0, 0);
  btScalar mass = 0;
  if (d.floating) {
    made->base.center = vector_of(d.base.center);
    inertia = principal(d.base, made->base.axes);
    mass = btScalar(d.base.mass);
    made->positions = 7, made->velocities = 6;
  }
  made->body = std::make_unique<btMultiBody>(d.link_count, mass, inertia, !d.floating, false);
  made->links.resize(size_t(d.link_count));
  made->to_local.assign(size_t(d.link_count) + 1, btQuaternion::getIdentity());
  int joint_velocities = 0;
  for (int i = 0; i < d.link_count; i++) {
    link_frame &frame = made->links[size_t(i)];
    set_up_link(*made->body, i, d.links[i], made->frame_of(d.links[i].parent), frame);
    frame.position = made->positions, frame.velocity = made->velocities, frame.joint_velocity = joint_velocities;
    made->positions += position_count(frame.joint);
    made->velocities += velocity_count(frame.joint);
    joint_velocities += velocity_count(frame.joint);
  }
  set_up_body(*made->body);
  made->body->setUserPointer(made.get());
  std::vector<double> none(size_t(joint_velocities) + 1, 0);
  made->inertia.set(none.data(), joint_velocities);
  made->rows = std::make_unique<joint_rows>(made->body.get());
  return made;
}

} // namespace

btTransform multibody::center_transform(int link) const {
  return link < 0 ? body->getBaseWorldTransform() : body->getLink(link).m_cachedWorldTransform;
}

btTransform multibody::frame_transform(int link) const {
  const link_frame &frame = frame_of(link);
  return center_transform(link) * btTransform(frame.axes, frame.center).inverse();
}

btQuaternion multibody::frame_rotation(int link) const {
  return to_local[size_t(link + 1)].inverse() * frame_of(link).axes.inverse();
}

void multibody::place_links(scratch &room) {
  body->forwardKinematics(room.rotations, room.vectors);
  to_local[0] = body->getWorldToBaseRot();
  for (int i = 0; i < body->getNumLinks(); i++) {
    btQuaternion turn = body->getParentToLocalRot(i);
    if (links[size_t(i)].joint == BULLET_BALL) turn = -turn; /* Bullet's has the opposite sign there */
    to_local[size_t(i + 1)] = turn * to_local[size_t(body->getParent(i) + 1)];
  }
}

/* A ball's vector is turned into the principal axes; a base's force acts at its frame's origin, and its torque is in
 * the frame's axes. */
void multibody::forces_to_bullet(const double *from, btScalar *to) const {
  for (int i = 0; i < 6; i++) to[i] = 0;
  if (floating) {
    btMatrix3x3 rotation = frame_transform(-1).getBasis();
    btVector3 arm = rotation * base.center, force = vector_of(from);
    btVector3 torque = rotation * vector_of(from + 3) - arm.cross(force);
    for (int k = 0; k < 3; k++) to[k] = torque[k], to[3 + k] = force[k];
  }
  for (const link_frame &link : links) {
    btScalar *out = to + 6 + link.joint_velocity;
    if (link.joint == BULLET_BALL) {
      btVector3 turned = quatRotate(link.axes.inverse(), vector_of(from + link.velocity));
      for (int k = 0; k < 3; k++) out[k] = turned[k];
    } else if (link.joint != BULLET_FIXED) {
      out[0] = btScalar(from[link.velocity]);
    }
  }
}

void multibody::rates_from_bullet(const btScalar *from, double *to) const {
  if (floating) {
    btMatrix3x3 rotation = frame_transform(-1).getBasis();
    btVector3 angular(from[0], from[1], from[2]), linear(from[3], from[4], from[5]);
    store(linear - angular.cross(rotation * base.center), to);
    store(rotation.transpose() * angular, to + 3);
  }
  for (const link_frame &link : links) {
    const btScalar *in = from + 6 + link.joint_velocity;
    if (link.joint == BULLET_BALL)
      store(quatRotate(link.axes, btVector3(in[0], in[1], in[2])), to + link.velocity);
    else if (link.joint != BULLET_FIXED)
      to[link.velocity] = double(in[0]);
  }
}

/* ------------------------------------------------------------------------------------------------ the API */
myr_status bullet_multibody_add(bullet_world *world, const bullet_multibody_description *description, int *number,
                                myr_error *error) {
  if (world->sealed) return myr_fail(error, MYR_INVALID, "a multibody cannot be added after the first detection");
  if (description->floating && !(description->base.mass > 0))
    return myr_fail(error, MYR_INVALID, "a floating base of mass %g", description->base.mass);
  for (int i = 0; i < description->link_count; i++) {
    myr_status status = check_link(*description, i, error);
    if (status) return status;
  }
  try {
    world->multibodies.push_back(create(*description));
  } catch (const std::bad_alloc &) {
    return myr_fail(error, MYR_ERROR, "out of memory for a multibody of %d links", description->link_count);
  }
  *number = int(world->multibodies.size()) - 1;
  return MYR_OK;
}

int bullet_multibody_positions(const bullet_world *world, int multibody) { return world->at(multibody).positions; }
int bullet_multibody_velocities(const bullet_world *world, int multibody) { return world->at(multibody).velocities; }

static void set_base(multibody &m, const double *positions, const double *velocities) {
  btQuaternion rotation = rotation_of(positions + 3);
  btTransform frame(rotation, vector_of(positions));
  m.body->setBasePos(frame * m.base.center);
  m.body->setWorldToBaseRot((rotation * m.base.axes).inverse());
  btVector3 angular = frame.getBasis() * vector_of(velocities + 3);
  m.body->setBaseOmega(angular);
  m.body->setBaseVel(vector_of(velocities) + angular.cross(frame.getBasis() * m.base.center));
}

static void set_link(multibody &m, int i, const double *positions, const double *velocities) {
  const link_frame &link = m.links[size_t(i)];
  const double *q = positions + link.position, *v = velocities + link.velocity;
  if (link.joint == BULLET_BALL) {
    btQuaternion turned = link.axes.inverse() * rotation_of(q) * link.axes;
    btVector3 rate = quatRotate(link.axes.inverse(), vector_of(v));
    const double turn[4] = {double(turned.x()), double(turned.y()), double(turned.z()), double(turned.w())};
    const double rates[3] = {double(rate.x()), double(rate.y()), double(rate.z())};
    m.body->setJointPosMultiDof(i, turn);
    m.body->setJointVelMultiDof(i, rates);
  } else if (link.joint != BULLET_FIXED) {
    m.body->setJointPosMultiDof(i, q);
    m.body->setJointVelMultiDof(i, v);
  }
}

void bullet_multibody_set_state(bullet_world *world, int multibody, const double *positions, const double *velocities) {
  bullet::multibody &m = world->at(multibody);
  if (m.floating) set_base(m, positions, velocities);
  for (int i = 0; i < m.body->getNumLinks(); i++) set_link(m, i, positions, velocities);
  m.place_links(world->room);
}

void bullet_multibody_get_state(const bullet_world *world, int multibody, double *positions, double *velocities) {
  const bullet::multibody &m = world->at(multibody);
  if (m.floating) {
    btTransform frame = m.frame_transform(-1);
    store(frame.getOrigin(), positions);
    store(m.body->getWorldToBaseRot().inverse() * m.base.axes.inverse(), positions + 3);
  }
  for (int i = 0; i < m.body->getNumLinks(); i++) {
    const link_frame &link = m.links[size_t(i)];
    const btScalar *q = m.body->getJointPosMultiDof(i);
    if (link.joint == BULLET_BALL)
      store(link.axes * btQuaternion(q[0], q[1], q[2], q[3]) * link.axes.inverse(), positions + link.position);
    else if (link.joint != BULLET_FIXED)
      positions[link.position] = double(q[0]);
  }
  m.rates_from_bullet(m.body->getVelocityVector(), velocities);
}

myr_status bullet_multibody_set_added_inertia(bullet_world *world, int multibody, const double *inertia,
                                              myr_error *error) {
  bullet::multibody &m = world->at(multibody);
  for (int i = 0; m.floating && i < 6; i++)
    if (inertia[i] != 0) return myr_fail(error, MYR_INVALID, "a floating base cannot have added inertia");
  for (int i = m.floating ? 6 : 0; i < m.velocities; i++)
    if (!(inertia[i] >= 0)) return myr_fail(error, MYR_INVALID, "velocity %d: added inertia %g", i, inertia[i]);
  for (const link_frame &link : m.links) {
    const double *of = inertia + link.velocity;
    if (link.joint == BULLET_BALL && (of[0] != of[1] || of[0] != of[2]))
      return myr_fail(error, MYR_INVALID, "a ball joint's added inertia must be the same about all axes");
  }
  m.inertia.set(inertia + (m.floating ? 6 : 0), m.body->getNumDofs());
  return MYR_OK;
}

void bullet_multibody_add_force(bullet_world *world, int multibody, const double *force) {
  bullet::multibody &m = world->at(multibody);
  std::vector<btScalar> converted(size_t(6 + m.body->getNumDofs()));
  m.forces_to_bullet(force, converted.data());
  if (m.floating) {
    m.body->addBaseTorque(btVector3(converted[0], converted[1], converted[2]));
    m.body->addBaseForce(btVector3(converted[3], converted[4], converted[5]));
  }
  for (int i = 0; i < m.body->getNumLinks(); i++)
    for (int k = 0; k < m.body->getLink(i).m_dofCount; k++)
      m.body->addJointTorqueMultiDof(i, k, converted[size_t(6 + m.links[size_t(i)].joint_velocity + k)]);
}

void bullet_link_add_wrench(bullet_world *world, int multibody, int link, const double point[3], const double force[3],
                            const double torque[3]) {
  bullet::multibody &m = world->at(multibody);
  btVector3 f = vector_of(force), arm = vector_of(point) - m.center_transform(link).getOrigin();
  btVector3 t = vector_of(torque) + arm.cross(f);
  if (link >= 0) {
    m.body->addLinkForce(link, f);
    m.body->addLinkTorque(link, t);
  } else if (m.floating) {
    m.body->addBaseForce(f);
    m.body->addBaseTorque(t);
  }
}

void bullet_link_frame(const bullet_world *world, int multibody, int link, bullet_frame *frame) {
  const bullet::multibody &m = world->at(multibody);
  store(m.frame_transform(link).getOrigin(), frame->position);
  store(m.frame_rotation(link), frame->rotation);
}

double bullet_multibody_kinetic_energy(const bullet_world *world, int multibody, const double *rotors) {
  const bullet::multibody &m = world->at(multibody);
  size_t count = m.links.size() + 1;
  std::vector<btVector3> angular(count), linear(count);
  m.body->compTreeLinkVelocities(angular.data(), linear.data());
  btScalar twice = 0;
  if (m.floating)
    twice = m.body->getBaseMass() * linear[0].length2() + angular[0].dot(m.body->getBaseInertia() * angular[0]);
  for (size_t i = 1; i < count; i++) {
    const btMultibodyLink &link = m.body->getLink(int(i) - 1);
    twice += link.m_mass * linear[i].length2() + angular[i].dot(link.m_inertiaLocal * angular[i]);
  }
  std::vector<double> rates(size_t(m.velocities) + 1);
  m.rates_from_bullet(m.body->getVelocityVector(), rates.data());
  for (int i = 0; rotors && i < m.velocities; i++) twice += btScalar(rotors[i] * rates[size_t(i)] * rates[size_t(i)]);
  return double(twice) / 2;
}

static void add_gravity(btMultiBody &body, const btVector3 &gravity, bool floating) {
  if (floating) body.addBaseForce(gravity * body.getBaseMass());
  for (int i = 0; i < body.getNumLinks(); i++) body.addLinkForce(i, gravity * body.getLinkMass(i));
}

void bullet_multibody_acceleration(bullet_world *world, int multibody, const double *force, bool response_alone,
                                   double *acceleration) {
  bullet::multibody &m = world->at(multibody);
  scratch &room = world->room;
  int width = 6 + m.body->getNumDofs();
  std::vector<btScalar> result(static_cast<size_t>(width)), converted(static_cast<size_t>(width));
  m.forces_to_bullet(force, converted.data());
  m.body->clearForcesAndTorques();
  if (!response_alone) {
    bullet_multibody_add_force(world, multibody, force);
    add_gravity(*m.body, world->gravity, m.floating);
  }
  m.body->computeAccelerationsArticulatedBodyAlgorithmMultiDof(0, room.reals, room.vectors, room.matrices, false, false,
                                                               false);
  if (!response_alone) /* the algorithm stores its result after one number for each joint velocity */
    for (int i = 0; i < width; i++) result[size_t(i)] = room.reals[m.body->getNumDofs() + i];
  m.inertia.prepare(*m.body, room);
  if (response_alone) m.body->calcAccelerationDeltasMultiDof(converted.data(), result.data(), room.reals, room.vectors);
  m.inertia.correct(result.data());
  m.rates_from_bullet(result.data(), acceleration);
  if (m.floating && !response_alone) { /* the frame's origin moves on a circle about the centre of mass */
    btVector3 angular = m.body->getBaseOmega(), arm = m.frame_transform(-1).getBasis() * m.base.center;
    btVector3 centripetal = angular.cross(angular.cross(arm));
    for (int k = 0; k < 3; k++) acceleration[k] -= double(centripetal[k]);
  }
  m.body->clearForcesAndTorques();
}

myr_status bullet_row_add(bullet_world *world, const bullet_row *from, myr_error *error) {
  if (from->multibody < 0 || from->multibody >= int(world->multibodies.size()))
    return myr_fail(error, MYR_INVALID, "a row on multibody %d of %zu", from->multibody, world->multibodies.size());
  bullet::multibody &m = world->at(from->multibody);
  int base = m.floating ? 6 : 0;
  if (!(from->softness >= 0) || !(from->lower <= from->upper))
    return myr_fail(error, MYR_INVALID, "a row of softness %g with impulses from %g to %g", from->softness, from->lower,
                    from->upper);
  row made{{}, {}, btScalar(from->target), btScalar(from->softness), btScalar(from->lower), btScalar(from->upper)};
  try {
    for (int k = 0; k < from->count; k++) {
      int velocity = from->velocities[k];
      if (velocity < base || velocity >= m.velocities)
        return myr_fail(error, MYR_INVALID, "a row on velocity %d, which is no joint's", velocity);
      made.velocities.push_back(velocity - base);
      made.coefficients.push_back(btScalar(from->coefficients[k]));
    }
    for (const link_frame &link : m.links) /* a ball's coefficients are a vector in the link's axes: turn it */
      if (link.joint == BULLET_BALL) {
        btVector3 in_link(0, 0, 0);
        bool used = false;
        for (size_t k = 0; k < made.velocities.size(); k++) {
          int e = made.velocities[k] - link.joint_velocity;
          if (e < 0 || e > 2) continue;
          in_link[e] += made.coefficients[k];
          made.coefficients[k] = 0;
          used = true;
        }
        btVector3 turned = quatRotate(link.axes.inverse(), in_link);
        for (int e = 0; used && e < 3; e++) {
          made.velocities.push_back(link.joint_velocity + e);
          made.coefficients.push_back(turned[e]);
        }
      }
    m.rows->rows.push_back(made);
  } catch (const std::bad_alloc &) { return myr_fail(error, MYR_ERROR, "out of memory for a row"); }
  return MYR_OK;
}
