/* Tests that cylinders, boxes, ellipsoids and meshes rest on each other, roll and are held: the contacts of
 * kernels/step/collide_convex.h and collide_hull.h in closed loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/model.h"
#include "tests/sim/worlds.h"

/* A tower of turned cylinders and boxes, on which an ellipsoid lies. */
enum { FLOORS = 8 };
static myr_model *tower(void) {
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  fprintf(out, "<mujoco><option timestep='.002'/><worldbody><geom type='plane' size='5 5 .1'/>");
  for (int i = 0; i < FLOORS; i++)
    fprintf(out, "<body pos='%g %g %g' euler='0 0 %d'><freejoint/><geom type='%s' size='.1 %s' mass='1'/></body>",
            0.004 * sin(i), 0.004 * cos(2 * i), 0.05 + 0.1 * i, 17 * i, i % 3 == 2 ? "box" : "cylinder",
            i % 3 == 2 ? ".1 .05" : ".05");
  fprintf(out,
          "<body pos='0 0 %g'><freejoint/><geom type='ellipsoid' size='.08 .07 .04' mass='1'/></body>"
          "</worldbody></mujoco>",
          0.1 * FLOORS + 0.04);
  fclose(out);
  myr_model *model = model_of_text(text);
  free(text);
  return model;
}

/* The same of meshes of a box and of a prism, and boxes among them. Each mesh's frame in the file is beside its middle. */
#define MESHES                                                                                                        \
  "<asset><mesh name='box' vertex='0 0 0 .2 0 0 0 .2 0 .2 .2 0 0 0 .1 .2 0 .1 0 .2 .1 .2 .2 .1'/>"                    \
  "<mesh name='prism' vertex='.1 0 0 .05 .087 0 -.05 .087 0 -.1 0 0 -.05 -.087 0 .05 -.087 0 .1 0 .1 .05 .087 .1 "    \
  "-.05 .087 .1 -.1 0 .1 -.05 -.087 .1 .05 -.087 .1'/>"                                                               \
  "<mesh name='finger' vertex='-.01 -.01 0 .01 -.01 0 -.01 .01 0 .01 .01 0 -.006 -.008 .06 .01 -.008 .06 -.006 .008 " \
  ".06 .01 .008 .06'/>"                                                                                               \
  "<mesh name='nut' vertex='.02 0 -.01 .01 .0173 -.01 -.01 .0173 -.01 -.02 0 -.01 -.01 -.0173 -.01 .01 -.0173 -.01 "  \
  ".02 "                                                                                                              \
  "0 .01 .01 .0173 .01 -.01 .0173 .01 -.02 0 .01 -.01 -.0173 .01 .01 -.0173 .01'/></asset>"
static myr_model *mesh_tower(void) {
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  fprintf(out, "<mujoco><option timestep='.002' cone='elliptic' impratio='10'/>" MESHES
               "<worldbody><geom type='plane' size='5 5 .1'/>");
  for (int i = 0; i <= FLOORS; i++) {
    const char *shapes[3] = {"type='mesh' mesh='box' pos='-.1 -.1 -.05'", "type='mesh' mesh='prism' pos='0 0 -.05'",
                             "type='box' size='.1 .1 .05'"};
    fprintf(out, "<body pos='%g %g %g' euler='0 0 %d'><freejoint/><geom %s mass='1'/></body>", 0.004 * sin(i),
            0.004 * cos(2 * i), 0.05 + 0.1 * i, 17 * i, shapes[i == 5 ? 2 : i % 2]);
  }
  fprintf(out, "</worldbody></mujoco>");
  fclose(out);
  myr_model *model = model_of_text(text);
  free(text);
  return model;
}

static void stands(myr_model *model, double top) {
  myr_batch *batch = batch_of(model, 1, 1);
  step_all(batch, 500, 0);
  double before[3 * (FLOORS + 1)];
  for (int i = 0; i <= FLOORS; i++)
    for (int k = 0; k < 3; k++) before[3 * i + k] = value_of(batch, MYR_FIELD_qpos, 0, 7 * i + k);
  step_all(batch, 1500, 0);
  for (int i = 0; i <= FLOORS; i++) {
    for (int k = 0; k < 3; k++)
      if (fabs(value_of(batch, MYR_FIELD_qpos, 0, 7 * i + k) - before[3 * i + k]) > 1e-3)
        fail_msg("body %d moves by %g m in 3 s", i, value_of(batch, MYR_FIELD_qpos, 0, 7 * i + k) - before[3 * i + k]);
    const double height = i < FLOORS ? 0.05 + 0.1 * i : 0.1 * FLOORS + top;
    if (fabs(before[3 * i + 2] - height) > 0.01) fail_msg("body %d lies at %g m, not %g", i, before[3 * i + 2], height);
  }
  myr_batch_destroy(batch);
  myr_model_free(model);
}

static void a_tower_stands(void **state) {
  (void)state;
  stands(tower(), 0.04);
}

static void a_tower_of_meshes_stands(void **state) {
  (void)state;
  stands(mesh_tower(), 0.05);
}

/* Two fingers press on a hexagonal nut, each with the four corners of a patch, and hold it against gravity. */
static void fingers_hold_a_nut(void **state) {
  (void)state;
  myr_model *model = model_of_text(
      "<mujoco><option timestep='.002' cone='elliptic' impratio='10'/>" MESHES
      "<default><joint type='slide' axis='0 1 0' damping='20'/><geom friction='1 .01 .001'/></default><worldbody>"
      "<body pos='0 -.0273 .55' euler='180 0 0'><joint stiffness='200' springref='-.04'/>"
      "<geom type='mesh' mesh='finger' mass='.1'/></body>"
      "<body pos='0 .0273 .55' euler='180 0 0'><joint stiffness='200' springref='.04'/>"
      "<geom type='mesh' mesh='finger' mass='.1'/></body>"
      "<body pos='0 0 .53'><freejoint/><geom type='mesh' mesh='nut' mass='.1'/></body>"
      "</worldbody></mujoco>");
  myr_batch *batch = batch_of(model, 1, 1);
  step_all(batch, 500, 0);
  step_all(batch, 1, MYR_OBSERVE);
  double before[3];
  for (int k = 0; k < 3; k++) before[k] = value_of(batch, MYR_FIELD_qpos, 0, 2 + k);
  assert_int_equal(value_of(batch, MYR_FIELD_contact_count, 0, 0), 8);
  step_all(batch, 1000, 0);
  for (int k = 0; k < 3; k++)
    if (fabs(value_of(batch, MYR_FIELD_qpos, 0, 2 + k) - before[k]) > 1e-3)
      fail_msg("the nut moves by %g m in 2 s", value_of(batch, MYR_FIELD_qpos, 0, 2 + k) - before[k]);
  assert_true(fabs(before[2] - 0.53) < 2e-3);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

/* A cylinder on a beam rolls straight on, as far as its speed says. */
static void a_cylinder_rolls(void **state) {
  (void)state;
  myr_model *model =
      model_of_text("<mujoco><option timestep='.002'/><worldbody><geom type='box' size='5 1 .1'/>"
                    "<body pos='0 0 .2' euler='90 0 0'><freejoint/><geom type='cylinder' size='.1 .2' mass='1'/></body>"
                    "</worldbody></mujoco>");
  myr_batch *batch = batch_of(model, 1, 1);
  set_value(batch, MYR_FIELD_qvel, 0, 0, 1);
  set_value(batch, MYR_FIELD_qvel, 0, 5, -10); /* about the cylinder's own axis, which is -y of the world */
  step_all(batch, 1000, 0);
  const double x = value_of(batch, MYR_FIELD_qpos, 0, 0), y = value_of(batch, MYR_FIELD_qpos, 0, 1);
  if (fabs(x - 2) > 0.02 || fabs(y) > 0.002) fail_msg("after 2 s at 1 m/s it is at (%g, %g)", x, y);
  assert_true(fabs(value_of(batch, MYR_FIELD_qpos, 0, 2) - 0.2) < 1e-3);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_tower_stands),
      cmocka_unit_test(a_tower_of_meshes_stands),
      cmocka_unit_test(fingers_hold_a_nut),
      cmocka_unit_test(a_cylinder_rolls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
