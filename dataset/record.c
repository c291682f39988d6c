/* The buffers of one world's episode; see record.h. */
#include "dataset/record.h"
#include "kernels/fields.h"
#include "kernels/model.h"

#include <stdlib.h>
#include <string.h>

struct recorder {
  const record_layout *layout;
  unsigned char **buffers; /* (array_count) with rows for a full episode; contacts' grow */
  int64_t contacts, contact_capacity;
  myr_span fields[MYR_FIELD_COUNT]; /* of the world */
  int64_t status, dropped_contacts; /* before the latest step */
  bool finite;                      /* every number recorded so far */
  const char *engine;
  /* Of the episode's end. */
  int64_t index, steps;
  bool success;
  attribute_value *attributes; /* by the schema's numbers */
};

recorder *recorder_create(const record_layout *layout) {
  recorder *recorder = calloc(1, sizeof *recorder);
  if (!recorder) return NULL;
  const episode_schema *schema = &layout->schema;
  recorder->layout = layout;
  recorder->buffers = calloc((size_t)schema->array_count, sizeof *recorder->buffers);
  recorder->attributes = calloc((size_t)schema->attribute_count + 1, sizeof *recorder->attributes);
  bool good = recorder->buffers && recorder->attributes;
  for (int i = 0; good && i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    if (info->same_as >= 0 || info->extent == EXTENT_CONTACTS || info->frames || info->shifted) continue;
    int64_t rows = info->extent == EXTENT_STEPS ? layout->info->control_steps + 1 : info->rank ? info->shape[0] : 1;
    recorder->buffers[i] = calloc((size_t)rows, array_row_bytes(info) + 1); /* + 1: never 0 bytes */
    good = recorder->buffers[i] != NULL;
  }
  if (good) return recorder;
  recorder_destroy(recorder);
  return NULL;
}

void recorder_destroy(recorder *recorder) {
  if (!recorder) return;
  for (int i = 0; recorder->buffers && i < recorder->layout->schema.array_count; i++) free(recorder->buffers[i]);
  free(recorder->buffers);
  free(recorder->attributes);
  free(recorder);
}

void *recorder_row(recorder *recorder, int array, int64_t row) {
  if (array < 0) return NULL;
  return recorder->buffers[array] + (size_t)row * array_row_bytes(&recorder->layout->schema.arrays[array]);
}

static row_source source_of(const recorder *recorder, int step) {
  return (row_source){.model = recorder->layout->info->model,
                      .fields = recorder->fields,
                      .time = step * recorder->layout->info->control_period,
                      .contact_start = recorder->contacts};
}

/* Parameters are left out, because a GPU would have to send them at each start; their draws are recorded. */
static void bind_fields(recorder *recorder, myr_batch *batch, int world) {
  for (int i = 0; i < MYR_FIELD_COUNT; i++)
    if (field_changes_with_time(i)) recorder->fields[i] = myr_batch_field(batch, i, world);
}

/* Fills so many rows from `out` on. */
static void fill(recorder *recorder, const row_source *source, const recorded_row *row, void *out, int64_t rows) {
  row->definition->fill(source, row, out);
  myr_array_type type = row->definition->type;
  recorder->finite &= numbers_are_finite(type, out, rows * (int64_t)(row->bytes / myr_array_type_bytes(type)));
}

void recorder_begin(recorder *recorder, myr_batch *batch, int world) {
  const record_layout *layout = recorder->layout;
  bind_fields(recorder, batch, world);
  recorder->contacts = 0;
  recorder->finite = true;
  row_source source = source_of(recorder, 0);
  for (int i = 0; i < layout->row_count; i++) {
    const recorded_row *row = &layout->rows[i];
    if (row->initial >= 0) fill(recorder, &source, row, recorder_row(recorder, row->initial, 0), 1);
  }
}

bool recorder_is_finite(const recorder *recorder) { return recorder->finite; }

static bool reserve_contacts(recorder *recorder) {
  const record_layout *layout = recorder->layout;
  if (!layout->contacts) return true;
  int64_t needed = recorder->contacts + layout->info->model->ncon;
  if (needed <= recorder->contact_capacity) return true;
  int64_t capacity = 2 * needed;
  for (int i = 0; i < layout->schema.array_count; i++) {
    const array_info *info = &layout->schema.arrays[i];
    if (info->extent != EXTENT_CONTACTS || info->same_as >= 0) continue;
    unsigned char *buffer = realloc(recorder->buffers[i], (size_t)capacity * array_row_bytes(info));
    if (!buffer) return false;
    recorder->buffers[i] = buffer;
  }
  recorder->contact_capacity = capacity;
  return true;
}

/* Fills the rows of one control step that belong to this moment. */
static void fill_rows(recorder *recorder, enum row_moment moment, int step, const row_source *source) {
  const record_layout *layout = recorder->layout;
  for (int i = moment ? layout->moment_ends[moment - 1] : 0; i < layout->moment_ends[moment]; i++) {
    const recorded_row *row = &layout->rows[i];
    if (row->array < 0) continue;
    bool each_contact = row->definition->element == ELEMENT_contact;
    int64_t at = each_contact ? source->contact_start : step, rows = each_contact ? source->contact_count : 1;
    fill(recorder, source, row, recorder->buffers[row->array] + (size_t)at * row->bytes, rows);
  }
}

static void note_status(recorder *recorder) {
  recorder->status = (int64_t)recorder->fields[MYR_FIELD_status].data[0];
  recorder->dropped_contacts = (int64_t)recorder->fields[MYR_FIELD_dropped_contacts].data[0];
}

float *recorder_observe(recorder *recorder, int step) {
  if (!reserve_contacts(recorder)) return NULL;
  row_source source = source_of(recorder, step);
  fill_rows(recorder, OBSERVED, step, &source);
  note_status(recorder);
  return recorder_row(recorder, recorder->layout->actions, step);
}

void recorder_sense(recorder *recorder, int step) {
  row_source source = source_of(recorder, step);
  fill_rows(recorder, SENSED, step, &source);
}

void recorder_label(recorder *recorder, int step) {
  row_source source = source_of(recorder, step);
  if (recorder->layout->contacts) source.contact_count = (int)recorder->fields[MYR_FIELD_contact_count].data[0];
  fill_rows(recorder, LABELLED, step, &source);
  recorder->contacts += source.contact_count;
}

void recorder_judge(recorder *recorder, int step, const myr_judgement *judgement) {
  row_source source = source_of(recorder, step);
  source.judgement = judgement;
  fill_rows(recorder, JUDGED, step, &source);
}

/* ---------------------------------------------------------------------------------------------------- the end */

static void keep_final(recorder *recorder, int64_t row_number) {
  const record_layout *layout = recorder->layout;
  for (int i = 0; i < layout->row_count; i++) {
    const recorded_row *row = &layout->rows[i];
    if (row->final < 0) continue;
    memcpy(recorder_row(recorder, row->final, 0), recorder_row(recorder, row->array, row_number), row->bytes);
  }
}

static void put_draws(recorder *recorder, const double *values) {
  const record_layout *layout = recorder->layout;
  for (int i = 0; i < layout->info->draw_count; i++) {
    const myr_draw_info *draw = &layout->info->draws[i];
    memcpy(recorder_row(recorder, layout->draws[i], 0), values + draw->offset, (size_t)draw->count * sizeof *values);
  }
}

static void keep_attributes(recorder *recorder, const myr_judgement *judgement, const myr_episode_state *state) {
  const record_layout *layout = recorder->layout;
  const episode_end end = {.info = layout->info,
                           .state = state,
                           .judgement = judgement,
                           .reason = myr_plan_reason(layout->plan, judgement->reason),
                           .engine = recorder->engine,
                           .steps = recorder->steps,
                           .status = recorder->status,
                           .dropped_contacts = recorder->dropped_contacts};
  for (int i = 0; i < layout->attribute_count; i++) {
    const recorded_attribute *attribute = &layout->attributes[i];
    recorder->attributes[attribute->number] = attribute->definition->value(&end, attribute->entity);
  }
}

int64_t recorder_dropped_contacts(const recorder *recorder) { return recorder->dropped_contacts; }

void recorder_set_engine(recorder *recorder, const char *engine) { recorder->engine = engine; }

void recorder_end(recorder *recorder, int rows, const myr_judgement *judgement, const myr_episode_state *state) {
  /* A world that diverged was reset, so its last row is the last that was observed. In other worlds one step more was
   * taken, and nothing of it counts. */
  bool diverged = judgement->reason == MYR_REASON_DIVERGED;
  if (diverged) {
    note_status(recorder);
    recorder->status |= MYR_WORLD_DIVERGED; /* the world itself may hold finite numbers whose labels are not */
  }
  keep_final(recorder, diverged ? rows - 1 : rows);
  put_draws(recorder, state->values);
  recorder->index = state->episode;
  recorder->steps = rows;
  recorder->success = judgement->success;
  keep_attributes(recorder, judgement, state);
}

/* Fills the arrays of next_obs/, those of frames aside. */
static void pack_next(const recorder *recorder, int array, int final, int next, episode *episode) {
  const episode_schema *schema = &recorder->layout->schema;
  if (next < 0 || schema->arrays[next].frames || !array_present(&schema->arrays[next], episode->index)) return;
  size_t row = array_row_bytes(&schema->arrays[array]), rows = (size_t)episode->steps - 1;
  unsigned char *to = episode->data + episode->offsets[next];
  memcpy(to, recorder->buffers[array] + row, rows * row);
  memcpy(to + rows * row, recorder->buffers[final], row);
}

static void pack_all_next(const recorder *recorder, episode *episode) {
  const record_layout *layout = recorder->layout;
  for (int i = 0; i < layout->row_count; i++)
    pack_next(recorder, layout->rows[i].array, layout->rows[i].final, layout->rows[i].next, episode);
  for (int c = 0; layout->cameras.look && c < layout->cameras.info->camera_count; c++) {
    const camera_arrays *camera = &layout->cameras.cameras[c];
    for (int i = 0; i < MYR_OUTPUT_COUNT; i++)
      pack_next(recorder, camera->pictures[i], camera->final_pictures[i], camera->next_pictures[i], episode);
  }
}

myr_status recorder_pack(const recorder *recorder, episode *episode, myr_error *error) {
  const episode_schema *schema = &recorder->layout->schema;
  episode->index = recorder->index;
  episode->steps = recorder->steps;
  episode->contacts = recorder->contacts;
  episode->success = recorder->success;
  myr_status status = episode_layout(schema, episode, error);
  if (status) return status;
  memcpy(episode->attributes, recorder->attributes, (size_t)schema->attribute_count * sizeof *episode->attributes);
  for (int i = 0; i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    if (info->same_as >= 0 || info->frames || info->shifted || !array_present(info, episode->index)) continue;
    int64_t shape[MYR_ARRAY_RANK];
    size_t bytes =
        (size_t)array_shape(info, episode->steps, episode->contacts, shape) * myr_array_type_bytes(info->type);
    if (bytes) memcpy(episode->data + episode->offsets[i], recorder->buffers[i], bytes);
  }
  pack_all_next(recorder, episode);
  return MYR_OK;
}
