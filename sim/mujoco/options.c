/* Reads the options of a compiled file, and writes them into MuJoCo's. */
#include <string.h>

#include "sim/options.h"

typedef struct word {
  int mujoco, myriad;
} word;

static const word integrator_words[] = {
#define OPTION_INTEGRATOR(name, member, text) {member, MYR_##name},
#include "kernels/option.def"
};
static const word cone_words[] = {
#define OPTION_CONE(name, member, text) {member, MYR_##name},
#include "kernels/option.def"
};
/* MuJoCo's others seek the same solution, so Newton stands for them. */
static const word solver_words[] = {
#define OPTION_SOLVER(name, member, text) {member, MYR_##name},
#include "kernels/option.def"
};
static const word parts[] = {
#define OPTION_DISABLE(name, member, text) {member, MYR_DISABLE_##name},
#include "kernels/option.def"
};
enum { PARTS = sizeof parts / sizeof *parts };

static int myriad_of(const word *words, size_t count, int mujoco) {
  for (size_t i = 0; i < count; i++)
    if (words[i].mujoco == mujoco) return words[i].myriad;
  return words[0].myriad;
}

static int mujoco_of(const word *words, size_t count, int myriad) {
  for (size_t i = 0; i < count; i++)
    if (words[i].myriad == myriad) return words[i].mujoco;
  return words[0].mujoco;
}

static uint32_t disabled_parts(int flags) {
  uint32_t disable = 0;
  for (int i = 0; i < PARTS; i++)
    if (flags & parts[i].mujoco) disable |= (uint32_t)parts[i].myriad;
  return disable;
}

static int disable_flags(int flags, uint32_t disable) {
  for (int i = 0; i < PARTS; i++) {
    bool off = disable & (uint32_t)parts[i].myriad;
    flags = off ? flags | parts[i].mujoco : flags & ~parts[i].mujoco;
  }
  return flags & ~mjDSBL_GRAVITY; /* a disabled gravity is zero */
}

void options_read(const mjModel *m, myr_options *options) {
  mjOption from;
  mj_defaultOption(&from);
  if (m) from = m->opt;
  *options = (myr_options){.disable = disabled_parts(from.disableflags)};
#define OPTION_NUMBER(name, unit, rule, low, high, doc) options->name = from.name;
#define OPTION_VECTOR(name, unit, doc) memcpy(options->name, from.name, sizeof options->name);
#define OPTION_COUNT(name, low, high, doc) options->name = from.name;
#define OPTION_CHOICE(name, doc) options->name = myriad_of(name##_words, sizeof name##_words / sizeof(word), from.name);
#include "kernels/option.def"
  if (from.disableflags & mjDSBL_GRAVITY) memset(options->gravity, 0, sizeof options->gravity);
}

void options_write(const myr_options *options, mjOption *to) {
  to->disableflags = disable_flags(to->disableflags, options->disable);
#define OPTION_NUMBER(name, unit, rule, low, high, doc) to->name = options->name;
#define OPTION_VECTOR(name, unit, doc) memcpy(to->name, options->name, sizeof options->name);
#define OPTION_COUNT(name, low, high, doc) to->name = options->name;
#define OPTION_CHOICE(name, doc) to->name = mujoco_of(name##_words, sizeof name##_words / sizeof(word), options->name);
#include "kernels/option.def"
}
