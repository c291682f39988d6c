/* Tests what becomes of URDF files: against MuJoCo's own reader of URDF where both mean the same, and by its right value
 * what that reader drops, invents or cannot find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <mujoco/mujoco.h>
#include <sys/stat.h>

#include "kernels/model.h"
#include "sim/urdf/load.h"
#include "sim/urdf/triangles.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

/* ------------------------------------------------------------------------------------------------ reading a text */
typedef struct reading {
  char path[SCRATCH_PATH_BYTES];
  bool scratch;   /* the file goes with the reading */
  mjModel *model; /* NULL: it has a fault */
  myr_findings findings;
  myr_error error;
  myr_status status;
} reading;

static reading read_file(const char *path, bool floating) {
  reading r = {0};
  snprintf(r.path, sizeof r.path, "%s", path);
  xml_tree xml;
  r.status = xml_tree_read(path, &xml, &r.error);
  myr_urdf_choices choices = {.floating = floating};
  if (!r.status) r.status = urdf_load(path, &xml, &choices, &r.model, &r.findings, &r.error);
  xml_tree_free(&xml);
  assert_int_equal(r.status == MYR_OK, r.model != NULL);
  return r;
}

static reading read_text(const char *text, bool floating) {
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".urdf", text, path);
  reading r = read_file(path, floating);
  r.scratch = true;
  return r;
}

static void release(reading *r) {
  if (r->scratch) unlink(r->path);
  if (r->model) mj_deleteModel(r->model);
  myr_findings_free(&r->findings);
}

/* The line of the first finding of that severity whose message or remedy has the word; 0: there is none. */
static int line_of(const reading *r, enum myr_severity severity, const char *word) {
  for (int i = 0; i < r->findings.count; i++) {
    const myr_finding *f = &r->findings.items[i];
    if (f->severity == severity && (strstr(f->message, word) || (f->remedy && strstr(f->remedy, word)))) return f->line;
  }
  return 0;
}

static mjModel *expect_model(reading *r) {
  if (!r->model) fail_msg("%s", r->error.message);
  return r->model;
}

static int id_of(const mjModel *m, mjtObj kind, const char *name) {
  int id = mj_name2id(m, kind, name);
  if (id < 0) fail_msg("no %s called %s", mju_type2Str(kind), name);
  return id;
}

/* ------------------------------------------------------------------------------------------------ MuJoCo's reader */
#define INERTIAL(mass)                                                              \
  "<inertial><origin xyz='.03 -.02 .1' rpy='.4 -.7 1.1'/><mass value='" #mass "'/>" \
  "<inertia ixx='.03' iyy='.05' izz='.06' ixy='.004' ixz='-.003' iyz='.002'/></inertial>"
#define PLAIN "<inertial><mass value='1'/><inertia ixx='.01' iyy='.01' izz='.01' ixy='0' ixz='0' iyz='0'/></inertial>"
#define COLLISION(shape) \
  "<collision><origin xyz='.01 .02 .03' rpy='.3 .2 .1'/><geometry>" shape "</geometry></collision>"

static const char arm[] =
    "<robot name='arm'><link name='base'/>\n"
    "<link name='upper'>" INERTIAL(2) COLLISION(
        "<box size='.1 .2 .3'/>") "</link>\n"
                                  "<link name='lower'>" INERTIAL(1.5) COLLISION(
                                      "<cylinder radius='.05' length='.4'/>") "</link>\n"
                                                                              "<link name='slider'>" INERTIAL(.7)
                                                                                  COLLISION("<sphere "
                                                                                            "radius='.06'/"
                                                                                            ">") "</link>\n"
                                                                                                 "<link "
                                                                                                 "name='"
                                                                                                 "wheel'"
                                                                                                 ">" PLAIN "</link>\n"
                                                                                                 "<joint "
                                                                                                 "name='j1'"
                                                                                                 " type='"
                                                                                                 "revolute'"
                                                                                                 "><parent "
                                                                                                 "link='"
                                                                                                 "base'/"
                                                                                                 "><child "
                                                                                                 "link='"
                                                                                                 "upper'/"
                                                                                                 "><origin "
                                                                                                 "xyz='0 "
                                                                                                 ".1 1' "
                                                                                                 "rpy='.1 "
                                                                                                 ".2 .3'/>"
                                                                                                 "<axis "
                                                                                                 "xyz='0 1 "
                                                                                                 "1'/"
                                                                                                 "><limit "
                                                                                                 "lower='-"
                                                                                                 "1' "
                                                                                                 "upper='2'"
                                                                                                 " effort='"
                                                                                                 "30' "
                                                                                                 "velocity="
                                                                                                 "'3'/>"
                                                                                                 "<dynamics"
                                                                                                 " damping="
                                                                                                 "'.3' "
                                                                                                 "friction="
                                                                                                 "'.2'/></"
                                                                                                 "joint>\n"
                                                                                                 "<joint "
                                                                                                 "name='j2'"
                                                                                                 " type='"
                                                                                                 "revolute'"
                                                                                                 "><parent "
                                                                                                 "link='"
                                                                                                 "upper'/"
                                                                                                 "><child "
                                                                                                 "link='"
                                                                                                 "lower'/"
                                                                                                 "><origin "
                                                                                                 "xyz='.2 "
                                                                                                 "0 .5' "
                                                                                                 "rpy='-.4 "
                                                                                                 "0 .2'/>"
                                                                                                 "<limit "
                                                                                                 "lower='-."
                                                                                                 "5' "
                                                                                                 "upper='."
                                                                                                 "5' "
                                                                                                 "effort='"
                                                                                                 "10' "
                                                                                                 "velocity="
                                                                                                 "'3'/></"
                                                                                                 "joint>\n"
                                                                                                 "<joint "
                                                                                                 "name='j3'"
                                                                                                 " type='"
                                                                                                 "prismatic"
                                                                                                 "'><"
                                                                                                 "parent "
                                                                                                 "link='"
                                                                                                 "lower'/"
                                                                                                 "><child "
                                                                                                 "link='"
                                                                                                 "slider'/"
                                                                                                 "><origin "
                                                                                                 "xyz='0 0 "
                                                                                                 ".3' "
                                                                                                 "rpy='0 1 "
                                                                                                 "0'/>"
                                                                                                 "<axis "
                                                                                                 "xyz='0 0 "
                                                                                                 "-1'/"
                                                                                                 "><limit "
                                                                                                 "lower='0'"
                                                                                                 " upper='."
                                                                                                 "2' "
                                                                                                 "effort='"
                                                                                                 "5' "
                                                                                                 "velocity="
                                                                                                 "'1'/></"
                                                                                                 "joint>\n"
                                                                                                 "<joint "
                                                                                                 "name='j4'"
                                                                                                 " type='"
                                                                                                 "continuou"
                                                                                                 "s'><"
                                                                                                 "parent "
                                                                                                 "link='"
                                                                                                 "upper'/"
                                                                                                 "><child "
                                                                                                 "link='"
                                                                                                 "wheel'/"
                                                                                                 "><origin "
                                                                                                 "xyz='0 "
                                                                                                 ".3 0'/>"
                                                                                                 "<axis "
                                                                                                 "xyz='0 1 "
                                                                                                 "0'/></"
                                                                                                 "joint></"
                                                                                                 "robot>";

static void close_to(const mjtNum *ours, const mjtNum *theirs, int count, const char *what) {
  for (int i = 0; i < count; i++)
    if (!(fabs(ours[i] - theirs[i]) <= 1e-9 * (1 + fabs(theirs[i]))))
      fail_msg("%s: %.17g, MuJoCo has %.17g", what, ours[i], theirs[i]);
}

/* The body's matrix of inertia about its centre of mass, world axes. */
static void inertia_in_world(const mjModel *m, const mjData *d, int body, mjtNum out[9]) {
  mjtNum diagonal[9] = {0}, turned[9];
  for (int k = 0; k < 3; k++) diagonal[4 * k] = m->body_inertia[3 * body + k];
  mju_mulMatMat(turned, d->ximat + 9 * body, diagonal, 3, 3, 3);
  mju_mulMatMatT(out, turned, d->ximat + 9 * body, 3, 3, 3);
}

static void compare_bodies(const mjModel *ours, const mjModel *theirs, const mjData *o, const mjData *t) {
  static const char *const names[] = {"upper", "lower", "slider", "wheel"};
  for (int i = 0; i < 4; i++) {
    int a = id_of(ours, mjOBJ_BODY, names[i]), b = id_of(theirs, mjOBJ_BODY, names[i]);
    mjtNum one[9], two[9];
    close_to(ours->body_mass + a, theirs->body_mass + b, 1, "mass");
    close_to(o->xpos + 3 * a, t->xpos + 3 * b, 3, "position");
    close_to(o->xmat + 9 * a, t->xmat + 9 * b, 9, "orientation");
    close_to(o->xipos + 3 * a, t->xipos + 3 * b, 3, "centre of mass");
    inertia_in_world(ours, o, a, one);
    inertia_in_world(theirs, t, b, two);
    close_to(one, two, 9, "inertia");
  }
  assert_int_equal(ours->ngeom, theirs->ngeom);
  for (int g = 0; g < ours->ngeom; g++) {
    assert_int_equal(ours->geom_type[g], theirs->geom_type[g]);
    close_to(ours->geom_size + 3 * g, theirs->geom_size + 3 * g, 3, "size");
    close_to(o->geom_xpos + 3 * g, t->geom_xpos + 3 * g, 3, "geom's position");
    close_to(o->geom_xmat + 9 * g, t->geom_xmat + 9 * g, 9, "geom's orientation");
  }
}

static void means_what_mujoco_reads(void **state) {
  (void)state;
  reading r = read_text(arm, false);
  mjModel *ours = expect_model(&r);
  char message[500];
  mjModel *theirs = mj_loadXML(r.path, NULL, message, sizeof message);
  if (!theirs) fail_msg("%s", message);
  assert_int_equal(ours->nv, 4);
  assert_int_equal(theirs->nv, 4);
  mjData *o = mj_makeData(ours), *t = mj_makeData(theirs);
  random_model draws = {.random = 5};
  for (int pose = 0; pose < 5; pose++) {
    for (int q = 0; q < 4; q++) o->qpos[q] = t->qpos[q] = random_between(&draws, -1, 1);
    mj_forward(ours, o);
    mj_forward(theirs, t);
    compare_bodies(ours, theirs, o, t);
    close_to(o->qfrc_bias, t->qfrc_bias, 4, "bias");
  }
  close_to(ours->jnt_range, theirs->jnt_range, 8, "range");
  close_to(ours->dof_damping, theirs->dof_damping, 4, "damping");
  close_to(ours->dof_frictionloss, theirs->dof_frictionloss, 4, "friction");
  close_to(ours->jnt_actfrcrange, theirs->jnt_actfrcrange, 8, "effort");
  mj_deleteData(o);
  mj_deleteData(t);
  mj_deleteModel(theirs);
  release(&r);
}

/* ------------------------------------------------------------------------------------------------ the base */
#define JOINT(name, type, parent, child, rest) \
  "<joint name='" name "' type='" type "'><parent link='" parent "'/><child link='" child "'/>" rest "</joint>\n"
#define HEAVY(name, rest) "<link name='" name "'>" PLAIN rest "</link>\n"
#define LIMIT "<limit lower='-1' upper='1' effort='5' velocity='3'/>"

static void base_is_fixed_or_floats(void **state) {
  (void)state;
  const char *text = "<robot name='r'>\n" HEAVY("base", "") HEAVY("mast", "") HEAVY("leg", "")
      JOINT("m", "fixed", "base", "mast", "<origin xyz='0 0 1'/>")
          JOINT("j", "revolute", "mast", "leg", LIMIT) "</robot>";
  reading fixed = read_text(text, false), floating = read_text(text, true);
  assert_int_equal(expect_model(&fixed)->nv, 1);
  assert_int_equal(expect_model(&floating)->nv, 7);
  assert_int_equal(fixed.model->body_parentid[id_of(fixed.model, mjOBJ_BODY, "base")], 0);
  id_of(fixed.model, mjOBJ_BODY, "mast"); /* a fixed link keeps its name */
  assert_int_equal(floating.model->jnt_type[0], mjJNT_FREE);
  assert_int_equal(line_of(&fixed, MYR_NOTICE, "base: floating"), 2);
  assert_int_equal(line_of(&floating, MYR_NOTICE, "base: floating"), 0);
  release(&fixed);
  release(&floating);
  reading light = read_text("<robot name='r'><link name='base'/>\n" HEAVY("leg", "")
                                JOINT("j", "revolute", "base", "leg", LIMIT) "</robot>",
                            true);
  assert_int_equal(light.status, MYR_INVALID);
  assert_int_equal(line_of(&light, MYR_FAULT, "has no mass"), 1);
  release(&light);
}

/* MuJoCo leaves pairs of a child and a parent that stands still in; URDF's neighbours never collide. */
static void neighbours_do_not_collide(void **state) {
  (void)state;
  const char *text = "<robot name='r'>\n" HEAVY("base", COLLISION("<sphere radius='.1'/>"))
      HEAVY("a", COLLISION("<sphere radius='.1'/>")) HEAVY("b", COLLISION("<sphere radius='.1'/>"))
          JOINT("ja", "revolute", "base", "a", LIMIT) JOINT("jb", "revolute", "a", "b", LIMIT) "</robot>";
  for (int floating = 0; floating < 2; floating++) {
    reading r = read_text(text, floating);
    mjData *d = mj_makeData(expect_model(&r));
    mj_forward(r.model, d);
    assert_int_equal(d->ncon, 1); /* base and b */
    mj_deleteData(d);
    release(&r);
  }
}

/* ------------------------------------------------------------------------------------------------ joints */
static void all_joint_types_move(void **state) {
  (void)state;
  const char *text = "<robot name='r'><link name='world'/>\n" HEAVY("a", "") HEAVY("b", "") HEAVY("c", "")
      HEAVY("d", "") JOINT("free", "floating", "world", "a", "<origin xyz='0 0 2'/>")
          JOINT("table", "planar", "world", "b", "<axis xyz='0 0 1'/><origin rpy='0 0 1'/>")
              JOINT("loose", "floating", "b", "c", "") JOINT(
                  "stuck", "revolute", "world", "d", "<limit lower='0' upper='0' effort='1' velocity='1'/>") "</robot>";
  reading r = read_text(text, false);
  const mjModel *m = expect_model(&r);
  assert_int_equal(m->nv, 6 + 3 + 6);
  assert_int_equal(m->jnt_type[id_of(m, mjOBJ_JOINT, "free")], mjJNT_FREE);
  assert_true(m->qpos0[2] == 2);
  int x = id_of(m, mjOBJ_JOINT, "table_TX"), y = id_of(m, mjOBJ_JOINT, "table_TY"),
      turn = id_of(m, mjOBJ_JOINT, "table_RZ");
  assert_true(fabs(m->jnt_axis[3 * x + 2]) < 1e-12 && fabs(m->jnt_axis[3 * y + 2]) < 1e-12);
  assert_true(m->jnt_axis[3 * turn + 2] == 1);
  id_of(m, mjOBJ_JOINT, "loose_RXYZ");
  assert_int_equal(mj_name2id(m, mjOBJ_JOINT, "stuck"), -1);
  assert_int_equal(line_of(&r, MYR_NOTICE, "\"stuck\" cannot move"), 9);
  release(&r);
}

static const char gripper[] = "<robot name='g'><link name='base'/>\n" HEAVY("a", "") HEAVY("b", "")
    JOINT("ja", "prismatic", "base", "a", "<axis xyz='0 1 0'/><limit lower='0' upper='.4' effort='10' velocity='1'/>")
        JOINT("jb", "prismatic", "base", "b",
              "<axis xyz='0 -1 0'/><limit lower='0' upper='1' effort='10' velocity='1'/>"
              "<mimic joint='ja' multiplier='2' offset='.1'/>") "</robot>";

static void followers_follow(void **state) {
  (void)state;
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".urdf", gripper, path);
  for (int lanes = 0; lanes < 2; lanes++) {
    myr_model *model;
    myr_error error = {0};
    if (myr_model_load(path, &model, &error)) fail_msg("%s", error.message);
    assert_int_equal(model->nu, 1); /* what leads has the motor */
    myr_batch *batch;
    const myr_batch_description description = {
        .model = model, .engine = "cpu", .worlds = 1, .threads = 1, .lanes = lanes};
    if (myr_batch_create(&description, &batch, &error)) fail_msg("%s", error.message);
    myr_span q = myr_batch_field(batch, MYR_FIELD_qpos, 0), ctrl = myr_batch_field(batch, MYR_FIELD_ctrl, 0);
    q.data[q.stride] = .1F;
    ctrl.data[0] = 10;
    assert_int_equal(myr_batch_commit(batch, 0, &error), MYR_OK);
    for (int i = 0; i < 200; i++) {
      assert_int_equal(myr_batch_step(batch, 0, 0, 1, 0, NULL, &error), MYR_OK);
      assert_true(fabs((double)(q.data[q.stride] - (2 * q.data[0] + .1F))) < 1e-3);
    }
    assert_true(q.data[0] > .1F); /* it moved */
    myr_batch_destroy(batch);
    myr_model_free(model);
  }
  reading r = read_file(path, false);
  const mjModel *m = expect_model(&r);
  int key = id_of(m, mjOBJ_KEY, "home"); /* the offset puts the follower away from 0 */
  assert_true(m->key_qpos[m->nq * key] == 0 && m->key_qpos[m->nq * key + 1] == .1);
  assert_int_equal(line_of(&r, MYR_NOTICE, "keyframe: home") > 0, 1);
  release(&r);
  unlink(path);
}

/* ------------------------------------------------------------------------------------------------ motors */
static void motors_by_transmission_or_effort(void **state) {
  (void)state;
#define TWO_JOINTS                                                                                  \
  "<link name='base'/>\n" HEAVY("a", "") HEAVY("b", "") JOINT("ja", "revolute", "base", "a", LIMIT) \
      JOINT("jb", "continuous", "a", "b", "<limit effort='7' velocity='2'/>")
  static const struct {
    const char *text;
    int ja, jb;
  } cases[] = {
      {"<robot name='r'>" TWO_JOINTS "</robot>", 1, 1},
      {"<robot name='r'>" TWO_JOINTS "<transmission name='t'><type>t</type><joint name='jb'/><actuator name='m'/>"
       "</transmission></robot>",
       0, 1},
      {"<robot name='r'>" TWO_JOINTS "<ros2_control name='c' type='system'><joint name='ja'>"
       "<command_interface name='effort'/></joint><joint name='jb'><state_interface name='position'/></joint>"
       "</ros2_control></robot>",
       1, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    reading r = read_text(cases[i].text, false);
    const mjModel *m = expect_model(&r);
    int a = mj_name2id(m, mjOBJ_ACTUATOR, "ja"), b = mj_name2id(m, mjOBJ_ACTUATOR, "jb");
    assert_int_equal(a >= 0, cases[i].ja);
    assert_int_equal(b >= 0, cases[i].jb);
    if (a >= 0) assert_true(m->actuator_ctrlrange[2 * a] == -5 && m->actuator_ctrlrange[2 * a + 1] == 5);
    if (b >= 0) assert_true(m->actuator_ctrlrange[2 * b + 1] == 7 && m->actuator_gear[6 * b] == 1);
    release(&r);
  }
}

/* ------------------------------------------------------------------------------------------------ looks */
static void visuals_are_seen_and_collisions_are_not(void **state) {
  (void)state;
#define SHOWN(material) "<visual><geometry><box size='1 1 1'/></geometry>" material "</visual>"
  reading r = read_text("<robot name='r'><material name='red'><color rgba='1 0 0 1'/></material>" HEAVY(
                            "base", SHOWN("<material name='red'/>")
                                        SHOWN("<material name=''><color rgba='0 1 0 .5'/></material>")
                                            COLLISION("<box size='.2 .2 .2'/>")) "</robot>",
                        false);
  const mjModel *m = expect_model(&r);
  assert_int_equal(m->ngeom, 3);
  for (int g = 0; g < 2; g++) assert_true(m->geom_group[g] < 3 && !m->geom_contype[g] && !m->geom_conaffinity[g]);
  assert_true(m->geom_group[2] >= 3 && m->geom_contype[2] && m->geom_conaffinity[2]);
  assert_int_equal(m->geom_matid[0], id_of(m, mjOBJ_MATERIAL, "red"));
  assert_true(m->mat_rgba[4 * m->geom_matid[0]] == 1 && m->mat_rgba[4 * m->geom_matid[0] + 1] == 0);
  assert_true(m->geom_rgba[4] == 0 && m->geom_rgba[5] == 1 && m->geom_rgba[7] == .5F);
  release(&r);
  reading bare = read_text("<robot name='r'>" HEAVY("base", COLLISION("<box size='.2 .2 .2'/>")) "</robot>", false);
  assert_true(expect_model(&bare)->geom_group[0] < 3); /* nothing else is there to be seen */
  release(&bare);
}

/* ------------------------------------------------------------------------------------------------ faults and notices */
/* With collision_meshes: box the advice to state it would not work. */
static void advises_no_box_where_one_is_asked_for(void **state) {
  (void)state;
  static const char *const words[] = {"no regular file has that name", "no points can be read"};
  char empty[SCRATCH_PATH_BYTES], text[600], path[SCRATCH_PATH_BYTES];
  scratch_write(".stl", "solid nothing\nendsolid\n", empty);
  for (int i = 0; i < 2; i++) {
    snprintf(text, sizeof text,
             "<robot name='r'><link name='a'>\n<collision><geometry><mesh filename='%s'/></geometry></collision></link>"
             "</robot>",
             i ? empty : "gone.stl");
    scratch_write(".urdf", text, path);
    reading r = {0};
    xml_tree xml;
    assert_int_equal(xml_tree_read(path, &xml, &r.error), MYR_OK);
    const myr_urdf_choices choices = {.collision_meshes = MYR_COLLISION_MESHES_BOX};
    assert_int_equal(urdf_load(path, &xml, &choices, &r.model, &r.findings, &r.error), MYR_INVALID);
    assert_int_equal(line_of(&r, MYR_FAULT, words[i]), 2);
    for (int k = 0; k < r.findings.count; k++) assert_null(strstr(r.findings.items[k].message, "is not simulated"));
    xml_tree_free(&xml);
    myr_findings_free(&r.findings);
    unlink(path);
  }
  unlink(empty);
}

/* White space before the declaration, and zero bytes at the end, as exporters write them. */
static void reads_files_with_rough_ends(void **state) {
  (void)state;
  static const char text[] = "\n  <?xml version='1.0'?>\n<robot name='r'><link name='a'>\n"
                             "<visual><geometry><box size='1 1'/></geometry></visual></link></robot>\n\0";
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".urdf", "", path);
  FILE *file = fopen(path, "wb");
  assert_true(file && fwrite(text, 1, sizeof text, file) == sizeof text && !fclose(file));
  reading r = read_file(path, false);
  assert_int_equal(line_of(&r, MYR_FAULT, "<box size"), 4);
  myr_findings_free(&r.findings);
  unlink(path);
}

static void faults_name_line_and_remedy(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int line;
    const char *word, *remedy;
  } cases[] = {
      {"<robot name='r' xmlns:xacro='x'>\n<xacro:property name='a' value='1'/></robot>", 2, "xacro",
       "xacro FILE.xacro"},
      {"<robot name='r'><link name='a'/>\n<joint name='j' type='fixed'><parent link='a'/><child "
       "link='${b}'/></joint></robot>",
       2, "xacro", "expand"},
      {"<robot name='r'></robot>", 1, "no links", "at least one"},
      {"<robot name='r'><link name='a'/>\n<link name='a'/></robot>", 2, "two links", "rename"},
      {"<robot name='r'><link name='a'/>\n<link name='b'/></robot>", 2, "no parent", "fixed"},
      {"<robot name='r'><link name='a'/>\n" JOINT("j", "fixed", "a", "ghost", "") "</robot>", 2, "ghost", "define"},
      {"<robot name='r'><link name='a'/>\n" HEAVY("b", "") JOINT("j", "hinge", "a", "b", "") "</robot>", 3, "hinge",
       "revolute"},
      {"<robot name='r'><link name='a'/>\n<link name='b'/>\n" JOINT("j", "continuous", "a", "b", "") "</robot>", 2,
       "has no mass", "<inertial>"},
      {"<robot name='r'><link name='a'/>\n" HEAVY("b", "")
           JOINT("j", "revolute", "a", "b", "<limit lower='2' upper='1'/>") "</robot>",
       3, "above upper", "exchange"},
      {"<robot name='r'><link name='a'/>\n" HEAVY("b", "")
           JOINT("j", "continuous", "a", "b", "<mimic joint='k'/>") "</robot>",
       3, "mimics \"k\"", "correct"},
      {"<robot name='r'><link name='a'>\n<visual><geometry><mesh "
       "filename='package://no/x.stl'/></geometry></visual></link></robot>",
       2, "no regular file has that name", "--package-path"},
      {"<robot name='r'><link name='a'>\n<collision><geometry><mesh "
       "filename='x.stl'/></geometry></collision></link></robot>",
       2, "collision of a mesh", "box"},
      {"<robot name='r'><link name='a'>\n<visual><geometry><box size='1 1'/></geometry></visual></link></robot>", 2,
       "<box size", "3 numbers"},
      {"<robot name='r'>\n<link name='a'><inertial><mass value='1'/><inertia ixx='1' iyy='1' izz='1' ixy='2' ixz='0' "
       "iyz='0'/>"
       "</inertial></link></robot>",
       2, "not positive", "ixx"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    reading r = read_text(cases[i].text, false);
    assert_int_equal(r.status, MYR_INVALID);
    if (line_of(&r, MYR_FAULT, cases[i].word) != cases[i].line) fail_msg("case %zu: %s", i, r.error.message);
    if (line_of(&r, MYR_FAULT, cases[i].remedy) != cases[i].line) fail_msg("case %zu: %s", i, r.error.message);
    static const char *const of_mjcf[] = {"contype", "conaffinity", "freejoint", "<exclude"};
    for (int k = 0; k < 4; k++) assert_null(strstr(r.error.message, of_mjcf[k]));
    release(&r);
  }
}

static void what_is_not_used_is_named(void **state) {
  (void)state;
  reading r =
      read_text("<robot name='r' speed='3'>\n" HEAVY("a", "")
                    HEAVY("b", "") "<gazebo reference='a'><mu1>1</mu1></gazebo>\n<gazebo/>\n" JOINT(
                        "j", "revolute", "a", "b",
                        LIMIT "<safety_controller k_velocity='1'/><calibration rising='0'/>") "<lamp/>\n</robot>",
                false);
  expect_model(&r);
  assert_int_equal(line_of(&r, MYR_NOTICE, "<gazebo>, here and 1 times more"), 4);
  assert_int_equal(line_of(&r, MYR_NOTICE, "<safety_controller>"), 6);
  assert_int_equal(line_of(&r, MYR_NOTICE, "<calibration>"), 6);
  assert_int_equal(line_of(&r, MYR_NOTICE, "<lamp>"), 7);
  assert_int_equal(line_of(&r, MYR_NOTICE, "attribute speed"), 1);
  assert_int_equal(line_of(&r, MYR_NOTICE, "velocity"), 6);
  release(&r);
}

/* The nearest body that there can be is taken, and told. */
static void impossible_inertia_is_mended(void **state) {
  (void)state;
  reading r =
      read_text("<robot name='r'>\n<link name='a'><inertial><mass value='1'/><inertia ixx='1' iyy='.2' izz='.3' "
                "ixy='0' ixz='0' iyz='0'/></inertial></link></robot>",
                false);
  const mjModel *m = expect_model(&r);
  assert_true(fabs(m->body_inertia[3] - .5) < 1e-12 && fabs(m->body_inertia[4] - .3) < 1e-12);
  assert_int_equal(line_of(&r, MYR_NOTICE, "moments of inertia"), 2);
  release(&r);
}

/* ------------------------------------------------------------------------------------------------ files */
static void write_file(const char *folder, const char *name, const char *text) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  if (!file) fail_msg("cannot write %s", path);
  fputs(text, file);
  fclose(file);
}

static void make_folder(const char *folder, const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (mkdir(path, 0777)) fail_msg("cannot make %s", path);
}

/* A tetrahedron, as an OBJ file, of a size. */
static void write_tetrahedron(const char *folder, const char *name, double size) {
  char text[300];
  snprintf(text, sizeof text, "v 0 0 0\nv %g 0 0\nv 0 %g 0\nv 0 0 %g\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n", size, size,
           size);
  write_file(folder, name, text);
}

/* The largest extent of a mesh, along the axes of its file: its vertices are relative to its centre. */
static double extent_of(const mjModel *m, int mesh) {
  double low = INFINITY, high = -INFINITY;
  for (int v = m->mesh_vertadr[mesh]; v < m->mesh_vertadr[mesh] + m->mesh_vertnum[mesh]; v++) {
    mjtNum turned[3],
        vertex[3] = {(double)m->mesh_vert[3 * v], (double)m->mesh_vert[3 * v + 1], (double)m->mesh_vert[3 * v + 2]};
    mju_rotVecQuat(turned, vertex, m->mesh_quat + 4 * mesh);
    low = fmin(low, turned[0]);
    high = fmax(high, turned[0]);
  }
  return high - low;
}

#define MESH(file, rest) "<visual><geometry><mesh filename='" file "' " rest "/></geometry></visual>"

static void files_are_found(void **state) {
  (void)state;
  char folder[] = "/tmp/myriad-test-urdf-XXXXXX", path[256];
  if (!mkdtemp(folder)) fail_msg("no folder");
  static const char *const folders[] = {"left",       "right", "nested", "nested/deep", "nested/deep/box",
                                        "nested/odd", "urdf"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) make_folder(folder, folders[i]);
  write_tetrahedron(folder, "left/part.obj", 1);
  write_tetrahedron(folder, "right/part.obj", 2);
  write_tetrahedron(folder, "nested/deep/box/part.obj", 3);
  write_tetrahedron(folder, "nested/odd/part.obj", 4);
  write_file(folder, "nested/odd/package.xml", "<package><name>named</name></package>");
  write_file(folder, "urdf/r.urdf",
             "<robot name='r'>" HEAVY("a", MESH("../left/part.obj", "") MESH("../right/part.obj", "")
                                               MESH("package://box/part.obj", "")
                                                   MESH("package://named/part.obj", "scale='1 1 -1'")
                                                       MESH("package://left/part.obj", "")) "</robot>");
  snprintf(path, sizeof path, "%s/urdf/r.urdf", folder);
  char nested[256];
  snprintf(nested, sizeof nested, "/nowhere:%s/nested/", folder);
  for (int by_environment = 0; by_environment < 2; by_environment++) {
    myr_package_path_set(by_environment ? NULL : nested);
    setenv("ROS_PACKAGE_PATH", by_environment ? nested : "", 1);
    reading r = read_file(path, false);
    const mjModel *m = expect_model(&r);
    static const double extents[] = {1, 2, 3, 4, 1};
    for (int g = 0; g < 5; g++) assert_true(fabs(extent_of(m, m->geom_dataid[g]) - extents[g]) < 1e-5);
    assert_int_equal(m->geom_dataid[0], m->geom_dataid[4]); /* one file by two names */
    release(&r);
  }
  myr_package_path_set(NULL);
  unsetenv("ROS_PACKAGE_PATH");
  reading r = read_file(path, false);
  assert_int_equal(r.status, MYR_INVALID);
  assert_int_equal(line_of(&r, MYR_FAULT, "package://box"), 1);
  assert_int_equal(line_of(&r, MYR_FAULT, "package://named"), 1);
  release(&r);
  char command[300];
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0); /* NOLINT: a folder of our own */
}

/* ------------------------------------------------------------------------------------------------ COLLADA */
#define DAE(asset, primitives, scene)                                                                                \
  "<?xml version='1.0'?><COLLADA xmlns='http://www.collada.org/2005/11/COLLADASchema' version='1.4.1'><asset>" asset \
  "</asset><library_effects><effect id='e'><profile_COMMON><technique sid='c'><phong><diffuse><color>.2 .4 .6 1"     \
  "</color></diffuse></phong></technique></profile_COMMON></effect></library_effects><library_materials>"            \
  "<material id='blue'><instance_effect url='#e'/></material></library_materials><library_geometries>"               \
  "<geometry id='g'><mesh><source id='p'><float_array id='pa' count='12'>0 0 0 1 0 0 0 2 0 0 0 3</float_array>"      \
  "<technique_common><accessor source='#pa' count='4' stride='3'/></technique_common></source>"                      \
  "<source id='n'><float_array id='na' count='3'>0 0 1</float_array><technique_common>"                              \
  "<accessor source='#na' count='1' stride='3'/></technique_common></source>"                                        \
  "<vertices id='v'><input semantic='POSITION' source='#p'/></vertices>" primitives                                  \
  "</mesh></geometry></library_geometries><library_visual_scenes><visual_scene id='s'>" scene                        \
  "</visual_scene></library_visual_scenes><scene><instance_visual_scene url='#s'/></scene></COLLADA>"
#define INSTANCE                                                                                                \
  "<instance_geometry url='#g'><bind_material><technique_common><instance_material symbol='m' target='#blue'/>" \
  "</technique_common></bind_material></instance_geometry>"
#define TRIANGLES                                                                                      \
  "<triangles material='m' count='4'><input semantic='VERTEX' source='#v' offset='0'/>"                \
  "<input semantic='NORMAL' source='#n' offset='1'/><p>0 0 2 0 1 0 0 0 1 0 3 0 0 0 3 0 2 0 1 0 2 0 3 " \
  "0</p></triangles>"

typedef struct expected_mesh {
  const char *text;
  float high[3]; /* the upper corner of the box of its vertices */
  float low[3];
  int triangles;
} expected_mesh;

static const expected_mesh meshes[] = {
    {DAE("<unit meter='1'/><up_axis>Z_UP</up_axis>", TRIANGLES, "<node>" INSTANCE "</node>"), {1, 2, 3}, {0, 0, 0}, 4},
    {DAE("<unit meter='0.5'/><up_axis>Y_UP</up_axis>", TRIANGLES, "<node>" INSTANCE "</node>"),
     {.5F, 1, 1.5F},
     {0, 0, 0},
     4},
    {DAE("<up_axis>Z_UP</up_axis>", TRIANGLES,
         "<node><matrix>0 -1 0 5 1 0 0 0 0 0 1 0 0 0 0 1</matrix><node>"
         "<translate>0 0 1</translate><scale>1 1 -1</scale>" INSTANCE "</node></node>"),
     {5, 1, 1},
     {3, 0, -2},
     4},
    {DAE("<up_axis>Z_UP</up_axis>",
         "<polylist material='m' count='2'><input semantic='VERTEX' source='#v' offset='0'/>"
         "<vcount>4 3</vcount><p>0 1 2 3 0 2 1</p></polylist>",
         "<node><rotate>0 0 1 90</rotate>" INSTANCE "</node>"),
     {0, 1, 3},
     {-2, 0, 0},
     3},
    {DAE("<up_axis>Z_UP</up_axis>",
         "<tristrips material='m' count='1'><input semantic='VERTEX' source='#v' offset='0'/>"
         "<p>0 1 2 3</p></tristrips>",
         "<node>" INSTANCE "</node><node><translate>9 0 0</translate>" INSTANCE "</node>"),
     {10, 2, 3},
     {0, 0, 0},
     4},
};

static void collada_scenes_are_placed(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof meshes / sizeof *meshes; i++) {
    char path[SCRATCH_PATH_BYTES];
    scratch_write(".dae", meshes[i].text, path);
    triangle_mesh mesh = {0};
    myr_error error = {0};
    if (collada_read(path, &mesh, &error)) fail_msg("file %zu: %s", i, error.message);
    assert_int_equal(mesh.count, 1);
    const triangle_part *part = &mesh.parts[0];
    assert_int_equal(part->triangle_count, meshes[i].triangles);
    assert_true(part->has_color && part->color[0] == .2F && part->color[2] == .6F);
    float low[3] = {1e9F, 1e9F, 1e9F}, high[3] = {-1e9F, -1e9F, -1e9F};
    for (int64_t v = 0; v < part->vertex_count; v++)
      for (int k = 0; k < 3; k++) {
        low[k] = fminf(low[k], part->vertices[3 * v + k]);
        high[k] = fmaxf(high[k], part->vertices[3 * v + k]);
      }
    for (int k = 0; k < 3; k++)
      if (fabsf(low[k] - meshes[i].low[k]) > 1e-6F || fabsf(high[k] - meshes[i].high[k]) > 1e-6F)
        fail_msg("file %zu: axis %d from %g to %g", i, k, (double)low[k], (double)high[k]);
    triangles_release(&mesh);
    unlink(path);
  }
}

/* Triangles face outwards after a mirror too: the volume of the closed tetrahedron stays positive. */
static void mirrored_triangles_face_outwards(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    char path[SCRATCH_PATH_BYTES];
    scratch_write(".dae", meshes[i].text, path);
    triangle_mesh mesh = {0};
    assert_int_equal(collada_read(path, &mesh, NULL), MYR_OK);
    double volume = 0;
    for (int64_t t = 0; t < mesh.parts[0].triangle_count; t++) {
      mjtNum corner[3][3], cross[3];
      for (int c = 0; c < 3; c++)
        for (int k = 0; k < 3; k++)
          corner[c][k] = (double)mesh.parts[0].vertices[3 * mesh.parts[0].triangles[3 * t + c] + k];
      mju_cross(cross, corner[1], corner[2]);
      volume += mju_dot3(corner[0], cross) / 6;
    }
    assert_true(fabs(volume - (i == 1 ? .125 : 1)) < 1e-6);
    triangles_release(&mesh);
    unlink(path);
  }
}

static void damaged_meshes_are_errors(void **state) {
  (void)state;
  static const char *const texts[] = {
      "<COLLADA/>",
      "<robot/>",
      "<COLLADA><asset>",
      DAE("",
          "<triangles material='m' count='1'><input semantic='VERTEX' source='#v' offset='0'/><p>0 1 "
          "99</p></triangles>",
          "<node>" INSTANCE "</node>"),
      DAE("",
          "<polylist count='1'><input semantic='VERTEX' source='#v' offset='0'/><vcount>9</vcount><p>0 1 "
          "2</p></polylist>",
          "<node>" INSTANCE "</node>"),
      DAE("", TRIANGLES, "<node id='a'><instance_node url='#a'/><instance_node url='#a'/></node>"),
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char path[SCRATCH_PATH_BYTES];
    scratch_write(".dae", texts[i], path);
    triangle_mesh mesh = {0};
    myr_error error = {0};
    assert_int_equal(collada_read(path, &mesh, &error), MYR_INVALID);
    assert_non_null(strstr(error.message, path));
    triangles_release(&mesh);
    unlink(path);
  }
}

static void stl_may_be_text(void **state) {
  (void)state;
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".stl",
                "solid s\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1e0 0 0\nvertex 0 1 "
                "0\nendloop\nendfacet\nendsolid\n",
                path);
  triangle_mesh mesh = {0};
  assert_true(stl_is_text(path));
  assert_int_equal(stl_read_text(path, &mesh, NULL), MYR_OK);
  assert_int_equal(mesh.parts[0].triangle_count, 1);
  triangles_release(&mesh);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(means_what_mujoco_reads),
      cmocka_unit_test(base_is_fixed_or_floats),
      cmocka_unit_test(neighbours_do_not_collide),
      cmocka_unit_test(all_joint_types_move),
      cmocka_unit_test(followers_follow),
      cmocka_unit_test(motors_by_transmission_or_effort),
      cmocka_unit_test(visuals_are_seen_and_collisions_are_not),
      cmocka_unit_test(faults_name_line_and_remedy),
      cmocka_unit_test(advises_no_box_where_one_is_asked_for),
      cmocka_unit_test(reads_files_with_rough_ends),
      cmocka_unit_test(what_is_not_used_is_named),
      cmocka_unit_test(impossible_inertia_is_mended),
      cmocka_unit_test(files_are_found),
      cmocka_unit_test(collada_scenes_are_placed),
      cmocka_unit_test(mirrored_triangles_face_outwards),
      cmocka_unit_test(damaged_meshes_are_errors),
      cmocka_unit_test(stl_may_be_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
