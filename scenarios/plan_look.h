/* How worlds look: the scenario's looks bound to a myr_look, and the values among them that differ between episodes.
 *
 * Every key of a scenario about looks becomes a look_writer: sites that are constant or drawn, and the values of the
 * look that follow from them. The look's own defaults are the writers' typical values. Only writers that change
 * something between episodes are kept; plan_look.c runs them for an episode. */
#ifndef MYR_SCENARIOS_PLAN_LOOK_H
#define MYR_SCENARIOS_PLAN_LOOK_H

#include "scenarios/plan.h"

/* A pose in its mount's frame. */
typedef struct pose_plan {
  enum { AIM_ANGLES, AIM_POINT, AIM_DIRECTION, AIM_KEPT } aim; /* keep the orientation of the model file's camera */
  bool optical; /* the quaternion is of right, down, forward; otherwise of forward, left, up */
  vector_site position, target, up, shift;
  draw_site angles[3], turn[3]; /* roll, pitch, yaw */
  double kept_position[3], kept_quaternion[4];
} pose_plan;
/* values NULL: typical ones. quaternion w x y z. */
void pose_value(const pose_plan *pose, const double *values, double position[3], double quaternion[4]);

enum look_write { WRITE_NUMBERS, WRITE_VECTOR, WRITE_NAME, WRITE_SIZE, WRITE_POSE };
struct look_writer {
  look_writer *next;
  enum look_write kind;
  bool always;          /* needed even if nothing is drawn, because no description has the value */
  draw_site numbers[3]; /* (number_count); for a name its index, for a size the extents */
  int number_count;
  double factor;       /* multiplies the numbers */
  vector_site vector;  /* or a colour */
  const int *meanings; /* for a name: the element of the look that each choice means */
  int shape;           /* for a size: enum prop_shape */
  pose_plan pose;
  enum randomize_operation operation;
  double low, high;          /* the bounds of the value */
  enum myr_look_field field; /* for a pose: its position; the field after the position's rest is its orientation */
  int count;
  const int *targets; /* (count) elements of the field */
  const int *draws;   /* (count) index of the draw for each target; NULL: the first for all */
};

/* The number or vector of a site; values NULL: typical ones. */
double look_number(const draw_site *site, const double *values, int element);
void look_vector(const vector_site *site, const double *values, int element, double vector[3]);
/* The half extents in the order of myr_geom_type, from a prop's whole extents. */
void prop_size(int shape, const double extents[3], double size[3]);

/* The state of binding. */
typedef struct look_builder {
  plan_builder *plan;
  const myr_appearance *appearance;
  myr_look_description description;
  look_writer **end;       /* where the next writer is appended */
  int file_visual_count;   /* seen visuals of files */
  const int *file_visuals; /* (file_visual_count) of the appearance */
} look_builder;

/* Makes a writer; NULL without memory. The caller binds its sites and then calls look_append or look_target. */
look_writer *look_writer_add(look_builder *look, enum look_write kind, enum myr_look_field field);
/* Appends the writer for `count` elements of the field. draws: index of the draw for each; NULL: the first for all. */
void look_append(look_builder *look, look_writer *writer, int count, const int *targets, const int *draws);
/* Binds the writer to one element. A writer that always writes the same value is dropped, because the description
 * already has it. */
void look_target(look_builder *look, look_writer *writer, int element);
/* "path.key" */
const char *look_path(look_builder *look, const char *path, const char *key);

/* Binds one key to one element, and writes its typical value into the description; does nothing when the key was left
 * out. factor: from the key's value to the look's. */
void look_bind_number(look_builder *look, const quantity *quantity, const char *path, double factor,
                      enum myr_look_field field, int element, float *described);
void look_bind_color(look_builder *look, const color_quantity *color, const char *path, enum myr_look_field field,
                     int element, float described[3]);
/* The writer of a material's texture or of a visual's material; it looks up the names. NULL without memory. */
look_writer *look_name_writer(look_builder *look, const name_quantity *name, const char *path, int elements,
                              const char *const *names, enum myr_look_field field);
/* The model's body of that name; 0 when there is no name, or after an error. */
int look_body(look_builder *look, const text_value *body);

bool vector_draws(const vector_site *site);
bool pose_draws(const pose_plan *pose);
/* A pose by position and orientation, aimed by angles. */
void pose_bind(plan_builder *builder, pose_plan *pose, const vector_quantity *position,
               const orientation_section *orientation, const char *path);
void pose_bind_angles(plan_builder *builder, draw_site angles[3], const orientation_section *section, const char *path);

/* The parts: each fills the description and adds writers. */
void look_bind_surroundings(look_builder *look);
void look_bind_entities(look_builder *look);
void look_bind_views(look_builder *look);
void look_bind_randomize(look_builder *look);

#endif
