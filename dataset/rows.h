/* The arrays of rows.def as definitions, and how a definition fills a row. Part of record.h. */
#ifndef MYR_DATASET_ROWS_H
#define MYR_DATASET_ROWS_H

#include "dataset/array.h"
#include "scenarios/scenarios.h"

enum row_id {
#define ROW(name, group, ...) ROW_##group##_##name,
#include "dataset/rows.def"
  ROW_COUNT
};

enum row_group {
#define ROW_GROUP(name, ...) GROUP_##name,
#include "dataset/rows.def"
  GROUP_COUNT
};

enum row_element {
#define ROW_ELEMENT(name, ...) ELEMENT_##name,
#include "dataset/rows.def"
};

/* Whose names and units the entries of a row's last dimension have; see rows.def. */
enum row_columns { NOTHING, COORDINATES, DOFS, CONTROLS };

/* When a row is filled; see rows.def. */
enum row_moment { OBSERVED, SENSED, LABELLED, JUDGED, MOMENT_COUNT };

extern const char *const row_groups[GROUP_COUNT]; /* "obs/" */

/* One world at one moment: rows are filled from it. */
typedef struct row_source {
  const myr_model *model;
  const myr_span *fields;         /* (MYR_FIELD_COUNT) of the world: those that change with time */
  const myr_judgement *judgement; /* NULL unless the moment is JUDGED */
  double time;                    /* s, of the state before the action */
  int contact_count;              /* of the world; 0 where contacts are not recorded, or not yet known */
  int64_t contact_start;          /* contacts in the episode's earlier rows */
} row_source;

struct recorded_row;
typedef struct row_definition {
  const char *name;
  enum row_group group;
  bool of_robot; /* one for each entity that is no ground; else one for the scene */
  enum row_moment moment;
  myr_array_type type;
  enum row_element element;
  int width;
  const char *columns, *unit, *frame;
  unsigned record;    /* enum myr_record bits of which one asks for it; 0: always recorded */
  const char *second; /* its name in states/ and initial_state/, or NULL */
  int field;          /* the field it shows, or -1 */
  int rest_field;     /* the field of what rounding has left of it, or -1 */
  void (*fill)(const row_source *source, const struct recorded_row *row, void *out);
} row_definition;
extern const row_definition row_definitions[ROW_COUNT];

/* Whether a row may show a field: states, inputs and labels change with time, parameters do not. */
bool field_changes_with_time(int field);

/* A definition bound to the scene or to one of its robots. */
typedef struct recorded_row {
  const row_definition *definition;
  const myr_entity_info *entity; /* NULL: of the scene */
  int count, first;              /* elements, and the place of the first in its field */
  bool dimension;                /* whether the elements are a dimension of the array */
  enum row_columns columns;
  int array, final, next, initial; /* numbers in the schema, also of final_obs/, next_obs/ and initial_state/; -1: not
                                      recorded */
  size_t bytes;                    /* of a row of the array */
} recorded_row;

/* Binds a definition; entity is NULL for the scene's. The array is not recorded yet. False where it has no elements and
 * is left out. */
bool row_bind(const row_definition *definition, const myr_model *model, const myr_entity_info *entity,
              recorded_row *row);

#endif
