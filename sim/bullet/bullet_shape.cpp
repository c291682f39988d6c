/* Shapes and their distances. */
#include <BulletCollision/CollisionShapes/btBoxShape.h>
#include <BulletCollision/CollisionShapes/btBvhTriangleMeshShape.h>
#include <BulletCollision/CollisionShapes/btCapsuleShape.h>
#include <BulletCollision/CollisionShapes/btConvexHullShape.h>
#include <BulletCollision/CollisionShapes/btCylinderShape.h>
#include <BulletCollision/CollisionShapes/btHeightfieldTerrainShape.h>
#include <BulletCollision/CollisionShapes/btSphereShape.h>
#include <BulletCollision/CollisionShapes/btStaticPlaneShape.h>
#include <BulletCollision/CollisionShapes/btTriangleIndexVertexArray.h>
#include <BulletCollision/NarrowPhaseCollision/btGjkEpaPenetrationDepthSolver.h>
#include <BulletCollision/NarrowPhaseCollision/btGjkPairDetector.h>
#include <BulletCollision/NarrowPhaseCollision/btPointCollector.h>
#include <BulletCollision/NarrowPhaseCollision/btVoronoiSimplexSolver.h>
#include <LinearMath/btConvexHullComputer.h>

#include "sim/bullet/bullet_world.hpp"

using namespace bullet;

namespace {

/* Bullet has no ellipsoid; its support point in direction d is D^2 d / |D d| for half axes D. */
ATTRIBUTE_ALIGNED16(class) ellipsoid : public btConvexInternalShape {
public:
  BT_DECLARE_ALIGNED_ALLOCATOR();
  explicit ellipsoid(const btVector3 &half_axes) : half_axes_(half_axes) {
    m_shapeType = CUSTOM_CONVEX_SHAPE_TYPE;
    m_collisionMargin = 0;
  }
  btVector3 localGetSupportingVertexWithoutMargin(const btVector3 &direction) const override {
    btVector3 scaled = direction * half_axes_;
    btScalar length = scaled.length();
    return length > 0 ? scaled * half_axes_ / length : btVector3(half_axes_.x(), 0, 0);
  }
  btVector3 localGetSupportingVertex(const btVector3 &direction) const override {
    return localGetSupportingVertexWithoutMargin(direction);
  }
  void batchedUnitVectorGetSupportingVertexWithoutMargin(const btVector3 *directions, btVector3 *vertices, int count)
      const override {
    for (int i = 0; i < count; i++) vertices[i] = localGetSupportingVertexWithoutMargin(directions[i]);
  }
  void calculateLocalInertia(btScalar mass, btVector3 & inertia) const override {
    btVector3 squared = half_axes_ * half_axes_ * (mass / 5);
    inertia.setValue(squared.y() + squared.z(), squared.z() + squared.x(), squared.x() + squared.y());
  }
  void getAabb(const btTransform &t, btVector3 &low, btVector3 &high) const override {
    for (int k = 0; k < 3; k++) {
      btScalar reach = (t.getBasis()[k] * half_axes_).length() + getMargin();
      low[k] = t.getOrigin()[k] - reach;
      high[k] = t.getOrigin()[k] + reach;
    }
  }
  void setMargin(btScalar) override {} /* its surface is exact */
  btScalar getMargin() const override { return 0; }
  const char *getName() const override { return "ellipsoid"; }

private:
  btVector3 half_axes_;
};

btScalar margin_of(const bullet_shape_description &d, btScalar smallest_half_extent) {
  return d.margin > 0 ? btScalar(d.margin) : btMin(btScalar(1e-3), smallest_half_extent / 20);
}

myr_status check_sizes(const bullet_shape_description &d, myr_error *error) {
  static const int counts[] = {0, 1, 2, 3, 2, 3, 0, 0, 2};
  if (d.kind < BULLET_PLANE || d.kind > BULLET_HEIGHT_FIELD)
    return myr_fail(error, MYR_INVALID, "there is no shape of kind %d", d.kind);
  for (int k = 0; k < counts[d.kind]; k++)
    if (!(d.size[k] > 0 && d.size[k] < 1e10)) return myr_fail(error, MYR_INVALID, "a shape of size %g", d.size[k]);
  if (!(d.margin >= 0)) return myr_fail(error, MYR_INVALID, "a shape of margin %g", d.margin);
  for (int i = 0; (d.kind == BULLET_HULL || d.kind == BULLET_MESH) && i < 3 * d.point_count; i++)
    if (!(d.points[i] > -1e10 && d.points[i] < 1e10))
      return myr_fail(error, MYR_INVALID, "point %d of a shape is not finite", i / 3);
  return MYR_OK;
}

myr_status make_hull(const bullet_shape_description &d, bullet_shape &shape, myr_error *error) {
  if (d.point_count < 4) return myr_fail(error, MYR_INVALID, "a hull of %d points has no volume", d.point_count);
  btConvexHullComputer computer;
  computer.compute(d.points, int(3 * sizeof(double)), d.point_count, 0, 0);
  int corners = computer.vertices.size();
  btVector3 low(BT_LARGE_FLOAT, BT_LARGE_FLOAT, BT_LARGE_FLOAT), high = -low;
  for (int i = 0; i < corners; i++) low.setMin(computer.vertices[i]), high.setMax(computer.vertices[i]);
  if (corners < 4 || computer.faces.size() < 4)
    return myr_fail(error, MYR_INVALID, "a hull whose %d points lie in one plane has no volume", d.point_count);
  if (corners > BULLET_HULL_POINTS)
    return myr_fail(error, MYR_INVALID, "a hull of %d corners: at most %d can collide; simplify the mesh", corners,
                    int(BULLET_HULL_POINTS));
  auto hull = std::make_unique<btConvexHullShape>(&computer.vertices[0][0], corners, int(sizeof(btVector3)));
  btVector3 half = (high - low) / 2;
  hull->setMargin(margin_of(d, half[half.minAxis()]));
  hull->recalcLocalAabb();
  shape.shape = std::move(hull);
  return MYR_OK;
}

myr_status make_mesh(const bullet_shape_description &d, bullet_shape &shape, myr_error *error) {
  if (d.triangle_count < 1) return myr_fail(error, MYR_INVALID, "a mesh without triangles");
  for (int i = 0; i < 3 * d.triangle_count; i++)
    if (d.triangles[i] < 0 || d.triangles[i] >= d.point_count)
      return myr_fail(error, MYR_INVALID, "triangle %d names point %d of %d", i / 3, d.triangles[i], d.point_count);
  shape.points.assign(d.points, d.points + 3 * d.point_count);
  shape.triangles.assign(d.triangles, d.triangles + 3 * d.triangle_count);
  auto mesh = std::make_unique<btTriangleIndexVertexArray>();
  btIndexedMesh part;
  part.m_numTriangles = d.triangle_count;
  part.m_triangleIndexBase = reinterpret_cast<const unsigned char *>(shape.triangles.data());
  part.m_triangleIndexStride = 3 * sizeof(int);
  part.m_numVertices = d.point_count;
  part.m_vertexBase = reinterpret_cast<const unsigned char *>(shape.points.data());
  part.m_vertexStride = 3 * sizeof(double);
  part.m_vertexType = PHY_DOUBLE;
  mesh->addIndexedMesh(part, PHY_INTEGER);
  const bool quantized = true, build_tree = true;
  shape.mesh = std::move(mesh);
  shape.shape = std::make_unique<btBvhTriangleMeshShape>(shape.mesh.get(), quantized, build_tree);
  return MYR_OK;
}

/* Bullet puts a height field's origin halfway between the lowest and the highest point. */
myr_status make_height_field(const bullet_shape_description &d, bullet_shape &shape, myr_error *error) {
  if (d.rows < 2 || d.columns < 2)
    return myr_fail(error, MYR_INVALID, "a height field of %d rows and %d columns", d.rows, d.columns);
  shape.heights.assign(d.heights, d.heights + size_t(d.rows) * size_t(d.columns));
  float low = shape.heights[0], high = low;
  for (float height : shape.heights) {
    if (!(height > -1e10f && height < 1e10f)) return myr_fail(error, MYR_INVALID, "a height that is not finite");
    low = btMin(low, height), high = btMax(high, height);
  }
  const int up = 2;
  const bool flip_diagonals = true; /* cells are split from the corner -x -y on, as MuJoCo does */
  auto field = std::make_unique<btHeightfieldTerrainShape>(d.columns, d.rows, shape.heights.data(), btScalar(low),
                                                           btScalar(high), up, flip_diagonals);
  field->setLocalScaling(
      btVector3(btScalar(2 * d.size[0] / (d.columns - 1)), btScalar(2 * d.size[1] / (d.rows - 1)), 1));
  shape.offset = btVector3(0, 0, (btScalar(low) + btScalar(high)) / 2);
  shape.shape = std::move(field);
  return MYR_OK;
}

myr_status make(const bullet_shape_description &d, bullet_shape &shape, myr_error *error) {
  btVector3 size = vector_of(d.size);
  switch (d.kind) {
  case BULLET_PLANE: shape.shape = std::make_unique<btStaticPlaneShape>(btVector3(0, 0, 1), 0); break;
  case BULLET_SPHERE: shape.shape = std::make_unique<btSphereShape>(size[0]); break;
  case BULLET_CAPSULE: shape.shape = std::make_unique<btCapsuleShapeZ>(size[0], 2 * size[1]); break;
  case BULLET_ELLIPSOID: shape.shape = std::make_unique<ellipsoid>(size); break;
  case BULLET_CYLINDER:
    shape.shape = std::make_unique<btCylinderShapeZ>(btVector3(size[0], size[0], size[1]));
    shape.shape->setMargin(margin_of(d, btMin(size[0], size[1])));
    break;
  case BULLET_BOX:
    shape.shape = std::make_unique<btBoxShape>(size);
    shape.shape->setMargin(margin_of(d, size[size.minAxis()]));
    break;
  case BULLET_HULL: return make_hull(d, shape, error);
  case BULLET_MESH: return make_mesh(d, shape, error);
  case BULLET_HEIGHT_FIELD: return make_height_field(d, shape, error);
  }
  return MYR_OK;
}

} // namespace

myr_status bullet_shape_create(const bullet_shape_description *description, bullet_shape **shape, myr_error *error) {
  *shape = nullptr;
  myr_status status = check_sizes(*description, error);
  if (status) return status;
  try {
    auto made = std::make_unique<bullet_shape>();
    made->kind = bullet_shape_kind(description->kind);
    status = make(*description, *made, error);
    if (!status) *shape = made.release();
  } catch (const std::bad_alloc &) { return myr_fail(error, MYR_ERROR, "out of memory for a shape"); }
  return status;
}

void bullet_shape_destroy(bullet_shape *shape) { delete shape; }

myr_status bullet_shape_distance(const bullet_shape *a, const bullet_frame *frame_a, const bullet_shape *b,
                                 const bullet_frame *frame_b, bullet_separation *separation, myr_error *error) {
  if (a->is_static() || b->is_static())
    return myr_fail(error, MYR_INVALID, "the distance of planes, meshes and height fields is not defined");
  btVoronoiSimplexSolver simplex;
  btGjkEpaPenetrationDepthSolver penetration;
  btGjkPairDetector detector(static_cast<const btConvexShape *>(a->shape.get()),
                             static_cast<const btConvexShape *>(b->shape.get()), &simplex, &penetration);
  btGjkPairDetector::ClosestPointInput input;
  input.m_transformA = transform_of(*frame_a);
  input.m_transformB = transform_of(*frame_b);
  btPointCollector nearest;
  detector.getClosestPoints(input, nearest, nullptr);
  if (!nearest.m_hasResult) return myr_fail(error, MYR_ERROR, "GJK found no distance");
  separation->distance = double(nearest.m_distance);
  store(nearest.m_pointInWorld + nearest.m_normalOnBInWorld * nearest.m_distance, separation->points[0]);
  store(nearest.m_pointInWorld, separation->points[1]);
  store(-nearest.m_normalOnBInWorld, separation->normal);
  return MYR_OK;
}
