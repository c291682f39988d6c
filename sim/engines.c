/* The engines of engines.def, by name. */
#include <string.h>

#include "sim/engine.h"

/* IF_PRESENT gives `present` if the flag is defined as 1, and `absent` if it is undefined. PRESENT_1 expands to a
 * comma, which moves `present` to the second place. PRESENT_ with an undefined flag's name is no macro and adds no
 * comma, so the second place is `absent`. */
#define PRESENT_1 ,
#define SECOND(a, b, ...) b
#define SECOND_OF(...) SECOND(__VA_ARGS__)
#define IF_PRESENT(flag, present, absent) SECOND_OF(PRESENT_##flag present, absent, )

#define ENGINE(name, in_build, on_device, has_lanes, own_physics) IF_PRESENT(in_build, &myr_##name##_engine, NULL),
static const myr_engine *const engines[] = {
#include "sim/engines.def"
};

#define ENGINE(name, in_build, on_device, has_lanes, own_physics) \
  {#name, IF_PRESENT(in_build, true, false), on_device, has_lanes, own_physics},
static const myr_engine_traits all_traits[] = {
#include "sim/engines.def"
};
enum { ENGINES = sizeof engines / sizeof *engines };

const myr_engine_traits *myr_engine_at(int index) { return index >= 0 && index < ENGINES ? &all_traits[index] : NULL; }

static int find(const char *name) {
  for (int i = 0; i < ENGINES; i++)
    if (!strcmp(name, all_traits[i].name)) return i;
  return -1;
}

const myr_engine_traits *myr_engine_traits_of(const char *name) { return myr_engine_at(find(name)); }

static myr_status choose_named(const char *name, int *chosen, myr_error *error) {
  *chosen = find(name);
  if (*chosen < 0) return myr_fail(error, MYR_UNAVAILABLE, "there is no engine \"%s\"; use \"cpu\"", name);
  if (!engines[*chosen])
    return myr_fail(error, MYR_UNAVAILABLE, "engine \"%s\" is not in this build; use \"cpu\"", name);
  return engines[*chosen]->find(error);
}

/* The first engine with the physics of kernels/ whose device answers; the cpu always does. */
static myr_status choose_first(int *chosen, myr_error *error) {
  for (*chosen = 0; *chosen < ENGINES; ++*chosen)
    if (engines[*chosen] && !all_traits[*chosen].own_physics && !engines[*chosen]->find(NULL)) return MYR_OK;
  return myr_fail(error, MYR_UNAVAILABLE, "no engine answers");
}

myr_status myr_engine_choose(const char *name, const myr_engine **engine, const myr_engine_traits **traits,
                             myr_error *error) {
  int chosen;
  myr_status status = name ? choose_named(name, &chosen, error) : choose_first(&chosen, error);
  if (status) return status;
  *engine = engines[chosen];
  *traits = &all_traits[chosen];
  return MYR_OK;
}

myr_status myr_engine_find(const char *name, const char **found, myr_error *error) {
  const myr_engine *engine;
  const myr_engine_traits *traits;
  myr_status status = myr_engine_choose(name, &engine, &traits, error);
  if (!status) *found = traits->name;
  return status;
}
