/* Tests that the failure of any allocation while looks are joined is reported, and that no memory is lost. The
 * functions malloc, calloc and free of this file replace those of the C library in the whole program. While a flag is
 * set, they count their calls and refuse one of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/model.h"
#include "sim/mujoco/appearance.h"
#include "sim/scene.h"
#include "tests/sim/appearance_files.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

#if defined(SANITIZED) || !defined(__GLIBC__)
/* The test is skipped under a sanitizer, which has its own malloc, and without the GNU C library, because only that one
 * offers its functions under second names. */
int main(void) { return 77; }
#else
#include <errno.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void __libc_free(void *memory);

static bool counting;
static int calls, refused, held; /* calls so far; the one to refuse, from 1; blocks not given back */

static bool refuse(void) {
  if (!counting) return false;
  if (++calls == refused) {
    errno = ENOMEM;
    return true;
  }
  held++;
  return false;
}

void *malloc(size_t bytes) { return refuse() ? NULL : __libc_malloc(bytes); }
void *calloc(size_t count, size_t bytes) { return refuse() ? NULL : __libc_calloc(count, bytes); }
void free(void *memory) {
  if (counting && memory) held--;
  __libc_free(memory);
}

static const char *robot =
    "<mujoco><asset><texture name='sky' type='skybox' builtin='flat' width='4' height='4'/>"
    "<texture name='die' type='cube' file='%s'/><material name='wood' texture='die'/>"
    "<mesh name='shard' file='%s'/><hfield name='hill' nrow='3' ncol='4' size='2 1 .5 .25'/></asset><worldbody>"
    "<light name='sun'/><camera name='eye'/><site name='grip'/>"
    "<geom name='land' type='hfield' hfield='hill' contype='0' conaffinity='0'/>"
    "<body><freejoint/><geom name='ball' size='1' material='wood'/>"
    "<geom type='mesh' mesh='shard' contype='0' conaffinity='0'/></body></worldbody></mujoco>";

static void survives_every_refusal(void **state) {
  (void)state;
  char xml[SCRATCH_PATH_BYTES], png[SCRATCH_PATH_BYTES], obj[SCRATCH_PATH_BYTES], text[4096];
  scratch_png(png);
  scratch_write(".obj", scratch_tetrahedron, obj);
  snprintf(text, sizeof text, robot, png, obj);
  scratch_write(".xml", text, xml);
  myr_entity entities[] = {{.name = "floor", .friction = {1, 0, 0}}, {.name = "robot", .path = xml}};
  myr_scene scene = {.entities = entities, .entity_count = 2};
  myr_model *model = NULL;
  import_part *parts = NULL;
  myr_error error = {0};
  if (myr_scene_build(&scene, &model, &error) || scene_read(&scene, &parts, &error)) fail_msg("%s", error.message);

  /* Once before counting, because the places of a file's elements stay until the file is released. */
  myr_appearance *first = NULL;
  assert_int_equal(appearance_join(parts, 2, parts[1].mujoco, model, &first, &error), MYR_OK);
  myr_appearance_free(first);
  unlink(xml), unlink(png), unlink(obj);

  int failures = 0;
  for (refused = 1, calls = 1; calls >= refused - 1; refused++) {
    myr_appearance *appearance = NULL;
    error.message[0] = 0;
    calls = held = 0;
    counting = true;
    myr_status status = appearance_join(parts, 2, parts[1].mujoco, model, &appearance, &error);
    myr_appearance_free(appearance);
    counting = false;
    if (held) fail_msg("%d blocks are lost when call %d is refused", held, refused);
    assert_true(status == MYR_OK || (status == MYR_ERROR && !appearance && strstr(error.message, "memory")));
    if (calls < refused) assert_int_equal(status, MYR_OK);
    failures += status != MYR_OK; /* the C library survives a refusal where it only wanted a better fit */
  }
  assert_true(failures > 30);
  scene_release(parts, 2);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(survives_every_refusal)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
