/* Floor 1, public: one world's constraint rows and contacts as a list, to compare with another engine's list. */
#ifndef MYR_INSPECTION_H
#define MYR_INSPECTION_H

/* Rows and contacts in MuJoCo's form. inspect() of a kernel table fills them. The arrays belong to the caller and hold
 * row_capacity rows of nv and contact_capacity contacts. The counts are the numbers of all rows and contacts, even if
 * they exceed the capacity. */
typedef struct myr_inspection {
  int row_capacity, contact_capacity;
  int rows, contacts;
  int *row_type;         /* enum myr_row_type */
  int *row_id;           /* dof, joint, tendon or equality; for a contact, its slot in the tile */
  double *row_jacobian;  /* (rows, nv) */
  double *row_position;  /* violation minus margin */
  double *row_d;         /* 1/R */
  double *row_reference; /* aref */
  double *row_force;
  int *contact_pair;
  double *contact_distance; /* (contacts) */
  double *contact_position; /* (contacts, 3) */
  double *contact_frame;    /* (contacts, 9) normal, tangents as rows */
} myr_inspection;
/* MYR_FAMILY_friction and MYR_ROW_FRICTION_DOF, and so on, in the order of constraint.def. */
enum myr_constraint_family {
#define CONSTRAINT_FAMILY(name, disable, stiffness) MYR_FAMILY_##name,
#include "kernels/constraint.def"
  MYR_FAMILY_COUNT
};
enum myr_row_type {
#define CONSTRAINT_ROW(name, family, response) MYR_ROW_##name,
#include "kernels/constraint.def"
  MYR_ROW_TYPE_COUNT
};

#endif
