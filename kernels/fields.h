/* Floor 1, public: the fields, which are all data that differ between worlds (fields.def), and their places. */
#ifndef MYR_FIELDS_H
#define MYR_FIELDS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct myr_model;

enum myr_field {
#define FIELD(name, element, width, unit, kind, stage, start, doc) MYR_FIELD_##name,
#include "kernels/fields.def"
  MYR_FIELD_COUNT
};
enum myr_field_kind {
  MYR_KIND_STATE,
  MYR_KIND_INPUT,
  MYR_KIND_PARAMETER,
  MYR_KIND_DERIVED,
  MYR_KIND_LABEL,
  MYR_KIND_SCRATCH,
};
typedef struct myr_field_info {
  const char *name, *unit, *doc;
  int kind;          /* enum myr_field_kind */
  int stage;         /* enum myr_stage (stages.h): the stage that computes it */
  int element;       /* enum myr_element (elements.h): it has a row for each */
  int recorded_only; /* 1: a label that nobody reads unless an episode records it */
} myr_field_info;
extern const myr_field_info myr_field_infos[MYR_FIELD_COUNT];

/* The place of each field, the same for every vector width: element e of a field of lane l is the scalar number
 * (offset[field] + e) * lanes + l of the tile, or of the scratch block for MYR_KIND_SCRATCH. */
typedef struct myr_layout {
  int64_t offset[MYR_FIELD_COUNT];
  int64_t count[MYR_FIELD_COUNT];
  int64_t tile_elements;
  int64_t scratch_elements;
} myr_layout;
void myr_layout_compute(const struct myr_model *model, myr_layout *layout);

/* The places of one world's fields: element e of a field is data[field][e * stride]. NULL for fields that the user of
 * the struct does not need. */
typedef struct myr_world_fields {
  float *data[MYR_FIELD_COUNT];
  int32_t stride;
} myr_world_fields;

/* A number that no sensor measures. */
#define MYR_NOT_MEASURED (-1e30f)

/* Bits of the field status. */
enum myr_world_status {
  MYR_WORLD_DIVERGED = 1,         /* a position, velocity or acceleration became infinite, NaN or beyond 1e10;
                                     the world was reset to qpos0 at rest and stays there until it is reset */
  MYR_WORLD_DROPPED_CONTACTS = 2, /* more contacts than ncon: the deepest were kept */
};

#ifdef __cplusplus
}
#endif
#endif
