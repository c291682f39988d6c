/* Tests that everything a model file says without effect is named, with its place, and all faults of a model at once. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "kernels/model.h"
#include "sim/sim.h"
#include "tests/sim/scratch_file.h"

typedef struct expected {
  int line;
  enum myr_severity severity;
  const char *text; /* the message contains it */
} expected;

typedef struct reading {
  char path[SCRATCH_PATH_BYTES];
  myr_findings findings;
  myr_status status;
  myr_error error;
} reading;

static reading read_text(const char *suffix, const char *text) {
  reading r = {0};
  myr_model *model = NULL;
  scratch_write(suffix, text, r.path);
  r.status = myr_model_check(r.path, &model, &r.findings, &r.error);
  if (!r.status) myr_model_free(model);
  unlink(r.path);
  return r;
}

static void print_all(const myr_findings *findings) {
  for (int i = 0; i < findings->count; i++)
    fprintf(stderr, "  %s:%d:%d: %d: %s\n", findings->items[i].file, findings->items[i].line, findings->items[i].column,
            findings->items[i].severity, findings->items[i].message);
}

/* Asserts that these are all findings, in this order. */
static void expect(reading *r, const expected *all, int count) {
  bool right = r->findings.count == count && !r->findings.omitted;
  for (int i = 0; right && i < count; i++) {
    const myr_finding *f = &r->findings.items[i];
    right = f->line == all[i].line && f->severity == all[i].severity && strstr(f->message, all[i].text) &&
            (!f->line || f->column > 0);
    if (!right) fprintf(stderr, "expected %d: %s\n", all[i].line, all[i].text);
  }
  if (!right) {
    fprintf(stderr, "got %d of %d:\n", r->findings.count, count);
    print_all(&r->findings);
    fail();
  }
  myr_findings_free(&r->findings);
}
#define EXPECT(r, ...)                                  \
  do {                                                  \
    const expected all[] = {__VA_ARGS__};               \
    expect(&(r), all, (int)(sizeof all / sizeof *all)); \
  } while (0)

/* ------------------------------------------------------------------------------------------------ faults */
static void tells_all_faults_at_once(void **state) {
  (void)state;
  reading r = read_text(
      ".xml", "<mujoco>\n"
              "<option integrator='discrete'\n"
              "  ><flag sleep='enable'/></option>\n"
              "<asset><mesh name='m' inertia='shell' vertex='0 0 0 1 0 0 0 1 0 1 1 1e-6'/></asset><worldbody>\n"
              "<body name='b'><joint stiffness='1' springyield='.1'/>\n"
              "<geom size='.1'/></body>\n"
              "<body name='c'><joint name='j' stiffness='1' springyield='.1'/><geom type='cylinder' size='.1 .1'/>\n"
              "<geom name='lump' type='mesh' mesh='m'/></body>\n"
              "<body><freejoint/><geom type='ellipsoid' size='.1 .2 .3'/></body>\n"
              "<body name='d' mocap='true'/></worldbody>\n"
              "<equality><weld body1='b' body2='c'/></equality>\n"
              "<actuator><motor joint='j' delay='.02' nsample='5000'/></actuator></mujoco>\n");
  assert_int_equal(r.status, MYR_INVALID);
  assert_non_null(strstr(r.error.message, "discrete"));
  assert_non_null(strstr(r.error.message, ":2: "));
  assert_non_null(strstr(r.error.message, "3 more"));
  EXPECT(r, {2, MYR_FAULT, "discrete"}, {3, MYR_NOTICE, "sleep"}, {5, MYR_FAULT, "springyield"},
         {7, MYR_FAULT, "joint \"j\": springyield"}, {12, MYR_FAULT, "history"});
}

/* A mesh whose hull is simplified is named with what that costs, and one that is too thin to have a hull is refused. */
static void tells_of_hulls(void **state) {
  (void)state;
  char text[40000];
  size_t length = (size_t)sprintf(text, "<mujoco><asset>\n<mesh name='round' vertex='");
  for (int i = 0; i < 400; i++) {
    double z = 1 - (2 * i + 1) / 400., r = sqrt(1 - z * z);
    length += (size_t)sprintf(text + length, "%.5f %.5f %.5f ", r * cos(2.4 * i), r * sin(2.4 * i), z);
  }
  sprintf(text + length,
          "'/>\n<mesh name='leaf' inertia='shell' vertex='0 0 0 1 0 0 0 1 0 1 1 1e-6'/></asset><worldbody>\n"
          "<geom type='mesh' mesh='round'/><geom type='mesh' mesh='leaf' pos='3 0 0'/>\n"
          "</worldbody></mujoco>");
  reading r = read_text(".xml", text);
  assert_int_equal(r.status, MYR_INVALID);
  EXPECT(r, {2, MYR_NOTICE, "mesh \"round\": its hull of 400 corners collides as one of 256"},
         {3, MYR_FAULT, "mesh \"leaf\": no hull to collide with"});
}

/* Many of one kind do not fill the screen. */
static void counts_faults_of_one_kind(void **state) {
  (void)state;
  char text[8192];
  size_t length = (size_t)sprintf(text, "<mujoco><worldbody>\n");
  for (int i = 0; i < 30; i++)
    length += (size_t)sprintf(text + length,
                              "<body name='b%d'><joint stiffness='1' springyield='.1'/><geom size='.1'/></body>\n", i);
  sprintf(text + length, "</worldbody></mujoco>");
  reading r = read_text(".xml", text);
  assert_int_equal(r.findings.count, 10);
  assert_int_equal(r.findings.items[9].line, 11);
  assert_non_null(strstr(r.findings.items[9].message, "nor is it in 20 more"));
  myr_findings_free(&r.findings);
}

static void tells_all_misspellings(void **state) {
  (void)state;
  reading r = read_text(".xml", "<mujoco><worldbody>\n<geom foo='1'\n  sise='1'/>\n<goem/>\n<frame pos='0 0 1'><body "
                                "name='b'><geom size='.1'/></body></frame>\n</worldbody>\n<sensr/></mujoco>");
  assert_string_equal(r.findings.items[1].remedy, "did you mean size?");
  assert_string_equal(r.findings.items[2].remedy, "did you mean geom?");
  EXPECT(r, {2, MYR_FAULT, "attribute \"foo\" in <geom>"}, {3, MYR_FAULT, "attribute \"sise\""},
         {4, MYR_FAULT, "element <goem> in <worldbody>"}, {7, MYR_FAULT, "element <sensr> in <mujoco>"});
}

static void tells_all_missing_files(void **state) {
  (void)state;
  reading r = read_text(".xml", "<mujoco><compiler meshdir='meshes'/><asset>\n<mesh file='no.stl'/>\n"
                                "<texture type='2d' file='no.png'/></asset></mujoco>");
  EXPECT(r, {2, MYR_FAULT, "\"no.stl\" of <mesh> does not exist"}, {3, MYR_FAULT, "\"no.png\" of <texture>"});
}

static void places_errors_of_the_compiler(void **state) {
  (void)state;
  reading r = read_text(".xml", "<mujoco><worldbody>\n<geom size='0'/>\n</worldbody></mujoco>");
  EXPECT(r, {2, MYR_FAULT, "size 0 must be positive in geom"});
  r = read_text(".xml", "<mujoco><worldbody>\n<geom size='1'></worldbody></mujoco>");
  EXPECT(r, {2, MYR_FAULT, "cannot be read as XML"});
}

static void tells_what_is_no_model(void **state) {
  (void)state;
  static const struct {
    const char *text, *what;
  } cases[] = {
      {"\x89PNG\r\n\x1a\n", "a PNG picture"},
      {"v 0 0 0\nv 1 0 0\n", "an OBJ mesh"},
      {"# made by hand\no a\nv 0 0 0\n", "an OBJ mesh"},
      {"solid cube\n", "an STL mesh"},
      {"version: 1\nname: falls\n", "a scenario"},
      {"", "empty"},
      {"hello", "text"},
      {"<sdf version='1.6'/>", "an SDF world"},
      {"<COLLADA/>", "a DAE mesh"},
      {"<mujocoinclude/>", "a part of an MJCF model"},
      {"<scene/>", "its first element is <scene>"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    reading r = read_text(".xml", cases[i].text);
    assert_int_equal(r.status, MYR_INVALID);
    if (r.findings.count != 1 || !strstr(r.findings.items[0].message, cases[i].what))
      fail_msg("\"%s\": %s", cases[i].what, r.error.message);
    assert_non_null(strstr(r.findings.items[0].message, "no model"));
    myr_findings_free(&r.findings);
  }
}

/* Opening a pipe would wait for its writer. */
static void opens_no_pipes_and_folders(void **state) {
  (void)state;
  char folder[] = "/tmp/myriad-test-XXXXXX", pipe[64], text[1024];
  assert_non_null(mkdtemp(folder));
  snprintf(pipe, sizeof pipe, "%s/pipe.obj", folder);
  assert_int_equal(mkfifo(pipe, 0600), 0);
  snprintf(text, sizeof text,
           "<mujoco><compiler meshdir='%s'/><asset>\n<mesh name='a' file='pipe.obj'/>\n"
           "<texture type='2d' name='t' file='%s'/>\n<hfield name='h' file='%s' size='1 1 1 1'/></asset>\n"
           "<include file='%s'/></mujoco>",
           folder, folder, pipe, pipe);
  reading r = read_text(".xml", text);
  EXPECT(r, {2, MYR_FAULT, "is a FIFO"}, {3, MYR_FAULT, "is a directory"}, {4, MYR_FAULT, "is a FIFO"},
         {5, MYR_FAULT, "is a FIFO"});
  snprintf(
      text, sizeof text,
      "<robot name='r'><link name='l'><visual><geometry>\n<mesh filename='%s'/></geometry></visual></link></robot>",
      pipe);
  r = read_text(".urdf", text);
  EXPECT(r, {1, MYR_FAULT, "no regular file has that name"});
  unlink(pipe), rmdir(folder);
}

/* ------------------------------------------------------------------------------------------------ notices */
#define BODY "<body name='b'><joint name='j'/><site name='s'/><geom name='g' size='.1'/></body>"

static void names_sensors_and_data(void **state) {
  (void)state;
  reading r = read_text(".xml", "<mujoco><worldbody>" BODY
                                "</worldbody><sensor>\n<user name='own' dim='2'/><jointpos joint='j'/>\n"
                                "<rangefinder site='s' data='normal'/></sensor>\n<custom><numeric name='n' data='1'/>\n"
                                "<text name='t' data='x'/></custom></mujoco>");
  assert_int_equal(r.status, MYR_OK);
  EXPECT(r, {2, MYR_NOTICE, "user \"own\", rangefinder are not recorded"},
         {4, MYR_NOTICE, "<numeric> \"n\": user's data is not used, here and in 1 more place"});
}

/* Geoms that a rangefinder meets elsewhere than MuJoCo's does: a drawn mesh, one with a notch that collides, and a height
 * field. */
static void names_geoms_that_rays_miss(void **state) {
  (void)state;
#define NOTCHED                                                                                              \
  "<mesh name='notched' inertia='shell' vertex='1 -1 1 1 1 1 -1 0 1 .5 0 1 1 -1 -1 1 1 -1 -1 0 -1 .5 0 -1' " \
  "face='0 3 2 3 1 2 4 6 7 7 6 5 0 2 6 0 6 4 2 1 5 2 5 6 1 3 7 1 7 5 3 0 4 3 4 7'/>"
#define MESHES(sensor)                                                                        \
  "<mujoco><asset>" NOTCHED "<mesh name='convex' vertex='0 0 0 1 0 0 0 1 0 0 0 1'/>"          \
  "<hfield name='flat' nrow='2' ncol='2' size='1 1 1 1'/></asset><worldbody>" BODY "\n"       \
  "<geom name='a' type='mesh' mesh='notched'/>\n<geom name='b' type='mesh' mesh='convex'/>\n" \
  "<geom name='c' type='mesh' mesh='convex' contype='0' conaffinity='0'/>\n"                  \
  "<geom type='mesh' mesh='notched' rgba='1 1 1 0'/><geom name='d' type='hfield' "            \
  "hfield='flat'/></worldbody><sensor>" sensor "</sensor></mujoco>"
  reading r = read_text(".xml", MESHES("<rangefinder site='s'/>"));
  assert_int_equal(r.status, MYR_OK);
  EXPECT(r, {2, MYR_NOTICE, "geoms \"a\", \"c\", \"d\": the distance of a rangefinder"});
  r = read_text(".xml", MESHES("<gyro site='s'/>"));
  assert_int_equal(r.status, MYR_OK);
  assert_int_equal(r.findings.count, 0);
}

static void names_options_without_effect(void **state) {
  (void)state;
  reading r = read_text(
      ".xml", "<mujoco><option solver='PGS'\n jacobian='sparse'\n ls_tolerance='1e-3'\n ccd_tolerance='1e-5'\n"
              " ccd_iterations='9'\n magnetic='0 1 0'>\n<flag energy='enable'\n fwdinv='enable'\n"
              " invdiscrete='enable'\n sensor='disable'\n autoreset='disable'\n midphase='disable'\n"
              " island='disable'\n nativeccd='disable'\n multiccd='disable'/></option>\n<size memory='1M'\n"
              " nkey='1'/>\n<statistic extent='2'/><worldbody>" BODY
              "\n<camera output='depth'/></worldbody><keyframe>\n<key time='2'/></keyframe></mujoco>");
  assert_int_equal(r.status, MYR_OK);
  EXPECT(r, {1, MYR_NOTICE, "solver=\"PGS\" is not used"}, {2, MYR_NOTICE, "jacobian"}, {3, MYR_NOTICE, "ls_tolerance"},
         {4, MYR_NOTICE, "ccd_tolerance"}, {5, MYR_NOTICE, "ccd_iterations"}, {7, MYR_NOTICE, "energy=\"enable\""},
         {8, MYR_NOTICE, "fwdinv"}, {9, MYR_NOTICE, "invdiscrete"}, {10, MYR_NOTICE, "sensor=\"disable\""},
         {11, MYR_NOTICE, "autoreset"}, {12, MYR_NOTICE, "midphase"}, {13, MYR_NOTICE, "island"},
         {14, MYR_NOTICE, "nativeccd"}, {15, MYR_NOTICE, "multiccd"}, {16, MYR_NOTICE, "a size of memory"},
         {18, MYR_NOTICE, "a statistic"}, {19, MYR_NOTICE, "a camera's output"},
         {20, MYR_NOTICE, "the time of a keyframe"});
  r = read_text(".xml", "<mujoco><option solver='CG'/><worldbody>" BODY "</worldbody></mujoco>");
  EXPECT(r, {1, MYR_NOTICE, "solver=\"CG\" is not used"});
}

static void names_looks_that_are_not_drawn(void **state) {
  (void)state;
  reading r = read_text(
      ".xml", "<mujoco><visual><headlight ambient='1 1 1'/>\n<map haze='.1'/><quality shadowsize='9'/></visual>\n"
              "<asset><texture name='t' type='2d' builtin='flat' width='4' height='4'/>\n"
              "<material name='shiny' reflectance='.3'/>\n<material name='m'><layer role='rgb' texture='t'/>"
              "<layer role='normal' texture='t'/></material></asset>\n<worldbody><light pos='0 0 3' "
              "range='4'/>\n<light specular='1 1 1'/>\n<light exponent='2'/>\n"
              "<geom name='glass' size='.1' rgba='1 0 0 .2'/><geom name='ghost' size='.1' rgba='1 0 0 0'/>\n"
              "<geom name='hull' size='.1' rgba='1 0 0 .2' group='3'/><geom size='.1' material='m'/>\n"
              "<geom name='pane' size='.1' rgba='1 0 0 .4' castshadow='false'/></worldbody></mujoco>");
  assert_int_equal(r.status, MYR_OK);
  EXPECT(r, {2, MYR_LOOK_NOTICE, "<map>: a setting of MuJoCo's viewer is not drawn, here and in 1 more place"},
         {4, MYR_LOOK_NOTICE, "\"shiny\": reflectance"}, {5, MYR_LOOK_NOTICE, "\"m\": a texture layer"},
         {6, MYR_LOOK_NOTICE, "<light>: a light's range"}, {7, MYR_LOOK_NOTICE, "a light's specular"},
         {8, MYR_LOOK_NOTICE, "a spot's exponent"}, {9, MYR_LOOK_NOTICE, "geoms \"glass\", \"pane\": alpha"},
         {11, MYR_LOOK_NOTICE, "\"pane\": castshadow"});
}

static void names_what_an_obj_file_loses(void **state) {
  (void)state;
  char obj[SCRATCH_PATH_BYTES], text[600];
  scratch_write(".obj",
                "mtllib a.mtl\nusemtl red\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\n"
                "f 1 4 3\no second\nf 1 2 3\n",
                obj);
  snprintf(text, sizeof text,
           "<mujoco><asset>\n<mesh name='a' file='%s'/></asset><worldbody><geom type='mesh' mesh='a' contype='0' "
           "conaffinity='0'/></worldbody></mujoco>",
           obj);
  reading r = read_text(".xml", text);
  EXPECT(r, {2, MYR_LOOK_NOTICE, "mesh \"a\": the material of its file"},
         {2, MYR_NOTICE, "mesh \"a\": all of its file but the first object"});
  unlink(obj);
}

static void finds_places_in_included_files(void **state) {
  (void)state;
  char part[SCRATCH_PATH_BYTES], text[600];
  scratch_write(".xml",
                "<mujocoinclude><!-- two -- dashes and \xe9 -->\n<worldbody><body name='arm'>\n<freejoint/>\n"
                "<geom size='.1'/>\n<geom size='.1' rgba='1 1 1 .5'/></body></worldbody>\n"
                "<actuator>\n<general joint='j' gaintype='user'/></actuator></mujocoinclude>",
                part);
  snprintf(text, sizeof text, "<mujoco><worldbody>" BODY "</worldbody>\n<include file='%s'/></mujoco>", part);
  reading r = read_text(".xml", text);
  for (int i = 0; i < r.findings.count; i++) assert_string_equal(r.findings.items[i].file, part);
  EXPECT(r, {5, MYR_LOOK_NOTICE, "geom: alpha"}, {7, MYR_FAULT, "actuator: its gaintype"});
  unlink(part);
}

static void is_silent_about_what_is_used(void **state) {
  (void)state;
  reading r = read_text(".xml", "<mujoco><compiler angle='radian'/><option timestep='.001' solver='Newton'/>"
                                "<size nkey='1'/><default><geom condim='4'/></default><worldbody>" BODY
                                "</worldbody><actuator><motor joint='j'/></actuator>"
                                "<keyframe><key name='k' qpos='1'/></keyframe></mujoco>");
  assert_int_equal(r.status, MYR_OK);
  assert_int_equal(r.findings.count, 0);
  myr_findings_free(&r.findings);
}

/* ------------------------------------------------------------------------------------------------ numbers */
/* MuJoCo's reader takes "nan" and "inf" for numbers. An infinite range is none, and an element may be called so. */
static void tells_numbers_that_are_none(void **state) {
  (void)state;
  reading r = read_text(".xml", "<mujoco>\n"
                                "<option gravity='0 0 nan'\n"
                                "  timestep='inf'/><worldbody><body name='b'>\n"
                                "<joint name='j' armature='inf'\n"
                                " range='-inf inf'/>\n"
                                "<geom size='.1' mass='nan' pos='0 -INF 1'/></body></worldbody>\n"
                                "<actuator><motor joint='j'/></actuator></mujoco>\n");
  assert_int_equal(r.status, MYR_INVALID);
  EXPECT(r, {2, MYR_FAULT, "<option gravity>: nan"}, {3, MYR_FAULT, "<option timestep>: inf"},
         {3, MYR_FAULT, "a timestep"}, {4, MYR_FAULT, "<joint armature>: inf"}, {6, MYR_FAULT, "<geom mass>: nan"},
         {6, MYR_FAULT, "<geom pos>: -INF"});
  r = read_text(".xml", "<mujoco><worldbody><body name='nan'>\n"
                        "<joint name='inf' range='-inf inf'/><geom size='.1'/></body></worldbody>\n"
                        "<actuator><motor joint='inf'/></actuator></mujoco>\n");
  assert_int_equal(r.status, MYR_OK);
  assert_int_equal(r.findings.count, 0);
  myr_findings_free(&r.findings);
}

/* A number that overflows only in the compiler has no place of its own, but an element. */
static void tells_numbers_that_overflow(void **state) {
  (void)state;
  reading r = read_text(".xml", "<mujoco><worldbody>\n"
                                "<body name='b'><freejoint/>\n"
                                "<geom size='1e150' density='1e30'/></body></worldbody></mujoco>\n");
  assert_int_equal(r.status, MYR_INVALID);
  EXPECT(r, {2, MYR_FAULT, "body \"b\": MuJoCo makes a body_mass of it that is not a finite number"},
         {3, MYR_FAULT, "a size above 1000 km is not simulated"});
}

/* The language has the same bounds, and the resolved form of a scenario states the options of its models. */
static void refuses_options_that_no_scenario_may_state(void **state) {
  (void)state;
  reading r = read_text(".xml", "<mujoco>\n"
                                "<option gravity='0 0 -1e300'\n"
                                "  timestep='1e-300'\n"
                                "  impratio='0'\n"
                                "  iterations='-1'\n"
                                "  ls_iterations='2000000000'\n"
                                "  tolerance='-1'/>\n"
                                "<worldbody><body><freejoint/><geom size='.1'/></body></worldbody></mujoco>\n");
  assert_int_equal(r.status, MYR_INVALID);
  EXPECT(r, {2, MYR_FAULT, "option: gravity is -1e+300"}, {3, MYR_FAULT, "option: timestep is 1e-300"},
         {4, MYR_FAULT, "option: impratio is 0"}, {5, MYR_FAULT, "option: iterations is -1"},
         {6, MYR_FAULT, "option: ls_iterations is 2e+09"}, {7, MYR_FAULT, "option: tolerance is -1"});
  r = read_text(".xml", "<mujoco><option timestep='1e6' impratio='1e10' iterations='1' tolerance='0'/></mujoco>");
  assert_int_equal(r.status, MYR_OK);
  assert_int_equal(r.findings.count, 0);
  myr_findings_free(&r.findings);
}

/* A lens that sees nothing becomes no picture of noise. */
static void names_lenses_that_see_nothing(void **state) {
  (void)state;
  reading r =
      read_text(".xml", "<mujoco><worldbody>\n"
                        "<camera name='a' focal='.1 .1' principal='1e30 0' sensorsize='.1 .1' resolution='8 8'/>\n"
                        "<camera name='b' focal='1e30 .1' sensorsize='.1 .1' resolution='8 8'/>\n"
                        "<camera name='c' focal='-.1 .1' sensorsize='.1 .1' resolution='8 8'/>\n"
                        "<camera name='d' focal='0 .1' sensorsize='.1 .1' resolution='8 8'/>\n"
                        "<camera name='e' focal='.2 .1' principal='.02 -1' sensorsize='.1 .1' resolution='8 8'/>\n"
                        "<camera name='f' fovy='60'/></worldbody></mujoco>\n");
  assert_int_equal(r.status, MYR_OK);
  EXPECT(r, {2, MYR_LOOK_NOTICE, "a principal point more than 1000 sensors away is not drawn"},
         {3, MYR_LOOK_NOTICE, "cameras \"b\", \"c\", \"d\": a focal length whose view"});
}

/* A name may hold a line feed, and MuJoCo takes even an escape character. */
static void prints_no_control_characters(void **state) {
  (void)state;
  reading r =
      read_text(".xml", "<mujoco><worldbody><body name='b'><joint name='j'/><geom size='.1'/></body></worldbody>\n"
                        "<sensor><user name='x&#10;&#127;y' dim='1'/></sensor></mujoco>\n");
  assert_int_equal(r.status, MYR_OK);
  EXPECT(r, {2, MYR_NOTICE, "user \"x??y\" is not recorded"});
}

/* Each of many nameless elements in one line has its own place. Looking for one among all took minutes at 100 000. */
static void finds_places_of_many_elements(void **state) {
  (void)state;
  enum { TENDONS = 20000, TOLD = 10 };
  static const char front[] = "<mujoco><worldbody><body><joint name='a'/><geom size='.1'/></body></worldbody><tendon>",
                    tendon[] = "<fixed springyield='1'><joint joint='a' coef='1'/></fixed>",
                    end[] = "</tendon></mujoco>";
  char *text = malloc(sizeof front + (sizeof tendon - 1) * TENDONS + sizeof end), *at = text;
  assert_non_null(text);
  at = stpcpy(at, front);
  for (int i = 0; i < TENDONS; i++) at = stpcpy(at, tendon);
  stpcpy(at, end);
  reading r = read_text(".xml", text);
  free(text);
  assert_int_equal(r.status, MYR_INVALID);
  assert_int_equal(r.findings.count, TOLD);
  for (int i = 0; i < TOLD; i++)
    assert_int_equal(r.findings.items[i].column,
                     (int)(sizeof front + strlen("<fixed ") + (sizeof tendon - 1) * (size_t)i));
  assert_non_null(strstr(r.findings.items[TOLD - 1].message, "nor is it in 19990 more"));
  myr_findings_free(&r.findings);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_all_faults_at_once),       cmocka_unit_test(tells_numbers_that_are_none),
      cmocka_unit_test(tells_numbers_that_overflow),    cmocka_unit_test(tells_of_hulls),
      cmocka_unit_test(counts_faults_of_one_kind),      cmocka_unit_test(tells_all_misspellings),
      cmocka_unit_test(tells_all_missing_files),        cmocka_unit_test(places_errors_of_the_compiler),
      cmocka_unit_test(tells_what_is_no_model),         cmocka_unit_test(opens_no_pipes_and_folders),
      cmocka_unit_test(names_sensors_and_data),         cmocka_unit_test(names_geoms_that_rays_miss),
      cmocka_unit_test(names_looks_that_are_not_drawn), cmocka_unit_test(names_what_an_obj_file_loses),
      cmocka_unit_test(names_options_without_effect),   cmocka_unit_test(finds_places_in_included_files),
      cmocka_unit_test(is_silent_about_what_is_used),   cmocka_unit_test(refuses_options_that_no_scenario_may_state),
      cmocka_unit_test(finds_places_of_many_elements),  cmocka_unit_test(names_lenses_that_see_nothing),
      cmocka_unit_test(prints_no_control_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
