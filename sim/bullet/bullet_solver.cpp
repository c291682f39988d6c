/* Additions to Bullet's solver: inertia on the diagonal of the mass matrix, and rows on joint velocities. */
#include "sim/bullet/bullet_world.hpp"

namespace bullet {

/* ------------------------------------------------------------------------------------------------ added inertia */
void added_inertia::set(const double *inertia, int count) {
  all_.assign(size_t(count), 0);
  entries_.clear();
  for (int i = 0; i < count; i++)
    if (inertia[i] != 0) {
      all_[size_t(i)] = btScalar(inertia[i]);
      entries_.push_back(i);
    }
  solution_.resize(entries_.size());
}

/* Cholesky's factorization in place. The matrix is symmetric and positive definite, as a sum of two such matrices. */
static void factorize(std::vector<btScalar> &a, size_t n) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++) {
      btScalar sum = a[i * n + j];
      for (size_t k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? btSqrt(sum) : sum / a[j * n + j];
    }
}

static void solve(const std::vector<btScalar> &a, std::vector<btScalar> &x) {
  size_t n = x.size();
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < i; k++) x[i] -= a[i * n + k] * x[k];
    x[i] /= a[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; k++) x[i] -= a[k * n + i] * x[k];
    x[i] /= a[i * n + i];
  }
}

void added_inertia::prepare(const btMultiBody &body, scratch &room) {
  size_t n = entries_.size(), width = size_t(6 + body.getNumDofs());
  columns_.resize(n * width);
  factor_.resize(n * n);
  std::vector<btScalar> unit(width, 0);
  for (size_t c = 0; c < n; c++) {
    unit[size_t(6 + entries_[c])] = 1;
    body.calcAccelerationDeltasMultiDof(unit.data(), &columns_[c * width], room.reals, room.vectors);
    unit[size_t(6 + entries_[c])] = 0;
  }
  for (size_t r = 0; r < n; r++)
    for (size_t c = 0; c <= r; c++)
      factor_[r * n + c] = columns_[c * width + size_t(6 + entries_[r])] + (r == c ? 1 / all_[size_t(entries_[r])] : 0);
  factorize(factor_, n);
}

void added_inertia::correct(btScalar *response) const {
  size_t n = entries_.size();
  if (!n) return;
  size_t width = columns_.size() / n;
  for (size_t r = 0; r < n; r++) solution_[r] = response[6 + entries_[r]];
  solve(factor_, solution_);
  for (size_t c = 0; c < n; c++)
    for (size_t i = 0; i < width; i++) response[i] -= columns_[c * width + i] * solution_[c];
}

/* ------------------------------------------------------------------------------------------------ rows */
/* Index at which the solver accumulates the multibody's change of velocity while it iterates. */
static int velocities_of(btMultiBody *body, btMultiBodyJacobianData &data) {
  if (body->getCompanionId() < 0) {
    int start = data.m_deltaVelocities.size();
    body->setCompanionId(start);
    data.m_deltaVelocities.resize(start + 6 + body->getNumDofs(), 0);
  }
  return body->getCompanionId();
}

static void create_row(const row &from, btMultiBody *body, btMultiBodySolverConstraint &to,
                       btMultiBodyJacobianData &data) {
  int width = 6 + body->getNumDofs(), start = data.m_jacobians.size();
  to = btMultiBodySolverConstraint();
  to.m_multiBodyA = body;
  to.m_deltaVelAindex = velocities_of(body, data);
  to.m_jacAindex = start;
  data.m_jacobians.resize(start + width, 0);
  data.m_deltaVelocitiesUnitImpulse.resize(start + width, 0);
  btScalar *jacobian = &data.m_jacobians[start], *response = &data.m_deltaVelocitiesUnitImpulse[start];
  for (int i = 0; i < width; i++) jacobian[i] = 0;
  for (size_t k = 0; k < from.velocities.size(); k++) jacobian[6 + from.velocities[k]] += from.coefficients[k];
  body->calcAccelerationDeltasMultiDof(jacobian, response, data.scratch_r, data.scratch_v);
  btScalar denominator = from.softness, rate = 0;
  for (int i = 6; i < width; i++) {
    denominator += jacobian[i] * response[i];
    rate += jacobian[i] * body->getVelocityVector()[i];
  }
  to.m_jacDiagABInv = denominator > SIMD_EPSILON ? 1 / denominator : 0;
  to.m_rhs = (from.target - rate) * to.m_jacDiagABInv;
  to.m_cfm = from.softness * to.m_jacDiagABInv;
  to.m_lowerLimit = from.lower;
  to.m_upperLimit = from.upper;
  to.m_rhsPenetration = to.m_friction = 0;
  to.m_appliedImpulse = to.m_appliedPushImpulse = btScalar(0);
  to.m_originalContactPoint = nullptr;
  to.m_overrideNumSolverIterations = to.m_frictionIndex = 0;
  to.m_jacBindex = to.m_deltaVelBindex = 0;
  to.m_relpos1CrossNormal = to.m_contactNormal1 = to.m_relpos2CrossNormal = to.m_contactNormal2 =
      to.m_angularComponentA = to.m_angularComponentB = btVector3(0, 0, 0);
}

void joint_rows::createConstraintRows(btMultiBodyConstraintArray &out, btMultiBodyJacobianData &data,
                                      const btContactSolverInfo &) {
  for (const row &r : rows) create_row(r, m_bodyA, out.expandNonInitializing(), data);
}

/* ------------------------------------------------------------------------------------------------ solver */
/* Corrects the response of one side of a row; returns the change of its product with the Jacobian. */
btScalar solver::correct_response(const btMultiBody *body, int start) {
  if (!body) return 0;
  const multibody *owner = static_cast<const multibody *>(body->getUserPointer());
  int width = 6 + body->getNumDofs();
  btScalar change = 0;
  btScalar *response = &m_data.m_deltaVelocitiesUnitImpulse[start];
  for (int i = 0; i < width; i++) change -= m_data.m_jacobians[start + i] * response[i];
  owner->inertia.correct(response);
  for (int i = 0; i < width; i++) change += m_data.m_jacobians[start + i] * response[i];
  return change;
}

/* Bullet stores a row divided by its diagonal, J M^-1 J' + softness. */
void solver::correct(btMultiBodyConstraintArray &rows) {
  for (int i = 0; i < rows.size(); i++) {
    btMultiBodySolverConstraint &r = rows[i];
    if (r.m_jacDiagABInv == 0) continue; /* nothing can move it */
    btScalar before = 1 / r.m_jacDiagABInv;
    btScalar after =
        before + correct_response(r.m_multiBodyA, r.m_jacAindex) + correct_response(r.m_multiBodyB, r.m_jacBindex);
    btScalar inverse = after > SIMD_EPSILON ? 1 / after : 0;
    r.m_rhs *= before * inverse;
    r.m_cfm *= before * inverse;
    r.m_jacDiagABInv = inverse;
  }
}

btScalar solver::solveGroupCacheFriendlySetup(btCollisionObject **bodies, int body_count,
                                              btPersistentManifold **manifolds, int manifold_count,
                                              btTypedConstraint **constraints, int constraint_count,
                                              const btContactSolverInfo &info, btIDebugDraw *drawer) {
  btScalar result = btMultiBodyConstraintSolver::solveGroupCacheFriendlySetup(
      bodies, body_count, manifolds, manifold_count, constraints, constraint_count, info, drawer);
  correct(m_multiBodyNonContactConstraints);
  correct(m_multiBodyNormalContactConstraints);
  correct(m_multiBodyFrictionContactConstraints);
  correct(m_multiBodyTorsionalFrictionContactConstraints);
  correct(m_multiBodySpinningFrictionContactConstraints);
  return result;
}

btScalar solver::solveGroupCacheFriendlyFinish(btCollisionObject **bodies, int body_count,
                                               const btContactSolverInfo &info) {
  row_impulses.resize(size_t(m_multiBodyNonContactConstraints.size()));
  for (size_t i = 0; i < row_impulses.size(); i++)
    row_impulses[i] = double(btScalar(m_multiBodyNonContactConstraints[int(i)].m_appliedImpulse));
  return btMultiBodyConstraintSolver::solveGroupCacheFriendlyFinish(bodies, body_count, info);
}

} // namespace bullet
