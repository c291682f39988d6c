/* Lists one lane's contacts and constraint rows in MuJoCo's form, for comparison; on a CPU only. */
#ifndef MYR_INSPECT_H
#define MYR_INSPECT_H

#include <string.h>

#include "kernels/step/collide_contact.h"
#include "kernels/step/solve.h"

static inline double lane_double(const real *x, int lane) { return (double)lane_get(x, lane); }

static inline void inspect_contact(const constants *m, const fields *f, int slot, int lane, myr_inspection *out) {
  int at = out->contacts++;
  if (at >= out->contact_capacity) return;
  out->contact_pair[at] = f->lists->slot_pair[slot];
  out->contact_distance[at] = lane_double(f->slot_distance + slot, lane);
  vec3 origin = contact_origin(m, f, f->lists->slot_pair[slot]);
  const real from[3] = {origin.x, origin.y, origin.z};
  for (int k = 0; k < 3; k++)
    out->contact_position[3 * at + k] =
        lane_double(f->slot_position + 3 * slot + k, lane) + lane_double(from + k, lane);
  for (int k = 0; k < 9; k++) out->contact_frame[9 * at + k] = lane_double(f->slot_frame + 9 * slot + k, lane);
}

/* One row: dimension 0 of the block plus factor times dimension k (k = 0: dimension 0 alone; factor 0: k alone). */
static inline void inspect_row(const constants *m, const fields *f, int index, int lane, int k, double factor,
                               myr_inspection *out) {
  const block *b = f->lists->blocks + index;
  int at = out->rows++;
  if (at >= out->row_capacity) return;
  int alone = factor == 0;
  double *row = out->row_jacobian + (size_t)at * m->nv;
  memset(row, 0, (size_t)m->nv * sizeof *row);
  for (int j = 0; j < b->dof_count; j++) {
    const real *J = f->jacobian + b->jacobian + j;
    double first = lane_double(J, lane), other = lane_double(J + k * b->dof_count, lane);
    row[b->dofs[j]] = alone ? other : first + factor * other;
  }
  int equality = b->type == MYR_ROW_EQUALITY;
  double D = lane_double(f->block_d + index, lane), friction = 1;
  if (alone && k > 0 && !equality) { /* an elliptic contact's friction dimension */
    friction =
        lane_double(f->block_friction + 5 * index + k - 1, lane) / lane_double(f->block_friction + 5 * index, lane);
    D *= m->options.impratio * friction * friction;
  }
  double reference = lane_double(f->block_reference + 6 * index + (alone ? k : 0), lane);
  double residual = lane_double(f->block_residual + 6 * index + (alone ? k : 0), lane);
  if (!alone) {
    reference += factor * lane_double(f->block_reference + 6 * index + k, lane);
    residual += factor * lane_double(f->block_residual + 6 * index + k, lane);
  }
  out->row_type[at] = b->type;
  out->row_id[at] = equality ? b->id / 2 : b->id;
  out->row_position[at] = equality         ? lane_double(f->block_friction + 5 * index + k, lane)
                          : alone && k > 0 ? 0
                                           : lane_double(f->block_position + index, lane);
  out->row_d[at] = D;
  out->row_reference[at] = reference;
  out->row_force[at] = alone ? lane_double(f->block_force + 6 * index + k, lane) : residual < 0 ? -D * residual : 0;
  if (!alone && m->options.noslip_iterations > 0) { /* both edges' sum stays; block_change has it times the friction */
    double both = lane_double(f->block_change + 6 * index + k - 1, lane);
    double difference = lane_double(f->block_force + 6 * index + k, lane);
    double size = factor < 0 ? -factor : factor;
    out->row_force[at] = size > 0 ? (both / size + difference / factor) / 2 : 0;
  }
}

static inline void inspect_lane(const constants *m, const fields *f, int lane, myr_inspection *out) {
  out->rows = out->contacts = 0;
  for (int s = 0; s < f->lists->slot_count; s++)
    if (lane_get(f->slot_distance + s, lane) < NO_CONTACT) inspect_contact(m, f, s, lane, out);
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    if (lane_get(f->block_active + i, lane) == 0) continue;
    if (b->type != MYR_ROW_CONTACT_PYRAMIDAL) {
      for (int k = 0; k < b->dimension; k++) inspect_row(m, f, i, lane, k, 0, out);
      continue;
    }
    for (int k = 1; k < b->dimension; k++) {
      double mu = lane_double(f->block_friction + 5 * i + k - 1, lane);
      inspect_row(m, f, i, lane, k, mu, out);
      inspect_row(m, f, i, lane, k, -mu, out);
    }
  }
}

#endif
