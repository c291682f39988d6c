/* Tests what becomes of URDF files: against MuJoCo's own reader of URDF where both mean the same, and by its right value
 * what that reader drops, invents or cannot find. */
#include "kernels/model.h"
#include "tests/sim/random_model.h"
#include "tests/sim/urdf_texts.h"
#include "tests/sim/worlds.h"

/* ------------------------------------------------------------------------------------------------ MuJoCo's reader */
#define INERTIAL(mass)                                                              \
  "<inertial><origin xyz='.03 -.02 .1' rpy='.4 -.7 1.1'/><mass value='" #mass "'/>" \
  "<inertia ixx='.03' iyy='.05' izz='.06' ixy='.004' ixz='-.003' iyz='.002'/></inertial>"
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
       2, "no regular file has that name", "relative"},
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
  assert_int_equal(line_of(&r, MYR_NOTICE, "<gazebo>, here and once more"), 4);
  assert_int_equal(line_of(&r, MYR_NOTICE, "<safety_controller>"), 6);
  assert_int_equal(line_of(&r, MYR_NOTICE, "<calibration>"), 6);
  assert_int_equal(line_of(&r, MYR_NOTICE, "<lamp>"), 7);
  assert_int_equal(line_of(&r, MYR_NOTICE, "attribute speed"), 1);
  assert_int_equal(line_of(&r, MYR_NOTICE, "limit of velocity is not kept"), 6);
  release(&r);
}

/* The advice about a limit of velocity keeps it: with the damping that it names, the motor reaches that speed at most. */
static void velocity_limits_can_be_kept(void **state) {
  (void)state;
  static const char *const damping[] = {"0", "1", "1.67"};
  for (int i = 0; i < 3; i++) {
    char text[2000];
    snprintf(text, sizeof text,
             "<robot name='r'>\n" HEAVY("a", "") HEAVY("b", "") HEAVY("c", "")
                 JOINT("j", "revolute", "a", "b", LIMIT "<dynamics damping='%s'/>")
                     JOINT("k", "revolute", "b", "c", LIMIT) "</robot>",
             damping[i]);
    reading r = read_text(text, false);
    expect_model(&r);
    assert_int_equal(line_of(&r, MYR_NOTICE, "damping=\"1.67\""), i < 2 ? 5 : 6);
    assert_int_equal(line_of(&r, MYR_NOTICE, "nor of 1 other joint"), i < 2 ? 5 : 0);
    release(&r);
  }
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(means_what_mujoco_reads),
      cmocka_unit_test(base_is_fixed_or_floats),
      cmocka_unit_test(neighbours_do_not_collide),
      cmocka_unit_test(all_joint_types_move),
      cmocka_unit_test(followers_follow),
      cmocka_unit_test(motors_by_transmission_or_effort),
      cmocka_unit_test(visuals_are_seen_and_collisions_are_not),
      cmocka_unit_test(advises_no_box_where_one_is_asked_for),
      cmocka_unit_test(reads_files_with_rough_ends),
      cmocka_unit_test(faults_name_line_and_remedy),
      cmocka_unit_test(what_is_not_used_is_named),
      cmocka_unit_test(velocity_limits_can_be_kept),
      cmocka_unit_test(impossible_inertia_is_mended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
