#include "tests/sim/bullet_inverse_dynamics.h"

#include <new>

#include <BulletInverseDynamics/MultiBodyTree.hpp>

namespace id = btInverseDynamics;

static_assert(sizeof(idScalar) == sizeof(double), "the library must be the one in double precision");

struct inverse_dynamics {
  id::MultiBodyTree tree;
};

static id::vec3 vector_of(const double v[3]) {
  id::vec3 out;
  for (int k = 0; k < 3; k++) out(k) = v[k];
  return out;
}

static id::mat33 matrix_of(const double m[9], bool transposed) {
  id::mat33 out;
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) out(i, k) = transposed ? m[3 * k + i] : m[3 * i + k];
  return out;
}

static id::vecx numbers_of(const double *values, int count) {
  id::vecx out(count);
  for (int i = 0; i < count; i++) out(i) = values[i];
  return out;
}

static id::JointType type_of(int joint) {
  switch (joint) {
  case LINK_HINGE: return id::REVOLUTE;
  case LINK_SLIDE: return id::PRISMATIC;
  case LINK_FREE: return id::FLOATING;
  case LINK_BALL: return id::SPHERICAL;
  default: return id::FIXED;
  }
}

static bool add_link(id::MultiBodyTree *tree, int index, const tree_link &link) {
  return tree->addBody(index, link.parent, type_of(link.joint), vector_of(link.position),
                       matrix_of(link.rotation, true), vector_of(link.axis), link.mass, vector_of(link.center),
                       matrix_of(link.inertia, false), 0, nullptr) == 0;
}

inverse_dynamics *inverse_dynamics_create(const tree_link *links, int count, const double gravity[3]) {
  inverse_dynamics *created = new (std::nothrow) inverse_dynamics;
  bool good = created != nullptr;
  for (int i = 0; i < count && good; i++) good = add_link(&created->tree, i, links[i]);
  if (good && created->tree.finalize() == 0 && created->tree.setGravityInWorldFrame(vector_of(gravity)) == 0)
    return created;
  delete created;
  return nullptr;
}

void inverse_dynamics_destroy(inverse_dynamics *tree) { delete tree; }

int inverse_dynamics_dofs(const inverse_dynamics *tree) { return tree->tree.numDoFs(); }

bool inverse_dynamics_mass_matrix(inverse_dynamics *tree, const double *q, double *matrix) {
  int dofs = inverse_dynamics_dofs(tree);
  id::matxx result(dofs, dofs);
  if (tree->tree.calculateMassMatrix(numbers_of(q, dofs), &result)) return false;
  for (int i = 0; i < dofs; i++)
    for (int k = 0; k < dofs; k++) matrix[i * dofs + k] = result(i, k);
  return true;
}

bool inverse_dynamics_forces(inverse_dynamics *tree, const double *q, const double *speed, const double *acceleration,
                             double *force) {
  int dofs = inverse_dynamics_dofs(tree);
  id::vecx result(dofs);
  if (tree->tree.calculateInverseDynamics(numbers_of(q, dofs), numbers_of(speed, dofs), numbers_of(acceleration, dofs),
                                          &result))
    return false;
  for (int i = 0; i < dofs; i++) force[i] = result(i);
  return true;
}
