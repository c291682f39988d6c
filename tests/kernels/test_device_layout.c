/* Tests where fields lie on a GPU: every field has its own place, and the fields on the chip fit there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/device.h"
#include "tests/sim/worlds.h"

static myr_model *load(const char *name) {
  char path[512];
  myr_model *model;
  myr_error error = {0};
  snprintf(path, sizeof path, MYRIAD_SOURCE_DIR "/scenarios/assets/%s.xml", name);
  if (myr_model_load(path, &model, &error)) fail_msg("%s", error.message);
  return model;
}

/* Marks the elements of every field in its section. None may be marked twice or left out. */
static void check_places(const myr_model *model, const myr_device_layout *layout) {
  unsigned char *marks[MYR_SECTION_COUNT];
  const myr_model bounded = myr_device_model(model);
  myr_layout counts;
  myr_layout_compute(&bounded, &counts);
  for (int s = 0; s < MYR_SECTION_COUNT; s++) marks[s] = calloc((size_t)layout->elements[s] + 1, 1);
  for (int f = 0; f < MYR_FIELD_COUNT; f++)
    for (int64_t e = 0; e < counts.count[f]; e++) {
      int at = layout->offset[f] + (int)e;
      assert_in_range(at, 0, layout->elements[layout->section[f]] - 1);
      assert_int_equal(marks[layout->section[f]][at]++, 0);
    }
  for (int s = 0; s < MYR_SECTION_COUNT; s++) {
    assert_null(memchr(marks[s], 0, (size_t)layout->elements[s]));
    free(marks[s]);
  }
}

static void check_sections(const myr_device_layout *layout, const bool *unread) {
  for (int f = 0; f < MYR_FIELD_COUNT; f++) {
    int section = layout->section[f];
    switch (myr_field_infos[f].kind) {
    case MYR_KIND_STATE: assert_int_equal(section, MYR_SECTION_RESULT); break;
    case MYR_KIND_INPUT: assert_int_equal(section, MYR_SECTION_INPUT); break;
    case MYR_KIND_PARAMETER:
    case MYR_KIND_DERIVED: assert_int_equal(section, MYR_SECTION_PARAMETER); break;
    case MYR_KIND_LABEL: assert_int_equal(section, unread[f] ? MYR_SECTION_UNREAD : MYR_SECTION_RESULT); break;
    default: assert_true(section == MYR_SECTION_SHARED || section == MYR_SECTION_CACHED);
    }
  }
}

static void test_every_field_has_a_place(void **state) {
  (void)state;
  static const char *const names[] = {"biped", "quadruped", "cartpole"};
  const size_t budgets[] = {0, 100, 4096, 12345, SIZE_MAX};
  bool unread[MYR_FIELD_COUNT] = {false};
  for (int n = 0; n < 3; n++) {
    myr_model *model = load(names[n]);
    for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
      myr_device_layout layout;
      unread[MYR_FIELD_contact_force] = b % 2;
      myr_device_layout_compute(model, unread, budgets[b], &layout);
      check_places(model, &layout);
      check_sections(&layout, unread);
      assert_true((size_t)layout.elements[MYR_SECTION_SHARED] * sizeof(float) <= budgets[b]);
    }
    myr_model_free(model);
  }
}

/* With more memory, the chip never holds fewer bytes; with myr_device_shared_wish() bytes, it holds all of them. */
static void test_the_chip_is_used(void **state) {
  (void)state;
  myr_model *model = load("biped");
  size_t wish = myr_device_shared_wish(model);
  myr_device_layout layout;
  myr_device_layout_compute(model, NULL, wish, &layout);
  assert_int_equal((size_t)layout.elements[MYR_SECTION_SHARED] * sizeof(float), wish);
  assert_int_equal(layout.section[MYR_FIELD_hessian], MYR_SECTION_SHARED);
  assert_int_equal(layout.section[MYR_FIELD_jacobian], MYR_SECTION_CACHED);
  myr_device_layout_compute(model, NULL, wish / 2, &layout);
  assert_true((size_t)layout.elements[MYR_SECTION_SHARED] * sizeof(float) > wish / 4);
  assert_int_equal(layout.section[MYR_FIELD_hessian], MYR_SECTION_SHARED); /* the dearest come first */
  myr_model_free(model);
}

/* A crowd of balls, of which a world keeps few contacts, has room for those and not for the blocks of all pairs. */
static void test_a_crowd_has_room_for_the_contacts_it_keeps(void **state) {
  (void)state;
  enum { BALLS = 120, KEPT = 50 };
  char text[160 * BALLS + 256], *end = text;
  end += sprintf(end, "<mujoco><size nconmax='%d'/><worldbody><geom type='plane' size='0 0 1'/>", KEPT);
  for (int i = 0; i < BALLS; i++)
    end += sprintf(end, "<body pos='%d %d 1'><freejoint/><geom size='.1'/></body>", i % 10, i / 10);
  sprintf(end, "</worldbody></mujoco>");
  myr_model *model = model_of_text(text), bounded = myr_device_model(model);
  assert_int_equal(model->ncon, KEPT);
  assert_int_equal(model->nblock, model->nslot);
  assert_int_equal(bounded.nblock, KEPT);
  assert_int_equal(bounded.njacobian, KEPT * 3 * 12); /* condim, dofs of two balls */
  myr_device_layout layout;
  myr_device_layout_compute(model, NULL, 0, &layout);
  check_places(model, &layout);
  const int64_t slots = 13 * (int64_t)model->nslot, matrices = 3 * (int64_t)model->nv * (model->nv + 1) / 2;
  const int64_t others = layout.elements[MYR_SECTION_CACHED] - slots - matrices;
  if (others > 200 * (int64_t)model->nv) fail_msg("%lld numbers beside slots and matrices", (long long)others);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_field_has_a_place),
      cmocka_unit_test(test_the_chip_is_used),
      cmocka_unit_test(test_a_crowd_has_room_for_the_contacts_it_keeps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
