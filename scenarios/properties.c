/* The physical parameters that `randomize` may change. */
#include <math.h>

#include "scenarios/scenario.h"

#define SCALE (1u << RANDOMIZE_SCALE)
#define ADD   (1u << RANDOMIZE_ADD)
#define SET   (1u << RANDOMIZE_SET)

const property properties[] = {
    {CLASS_BODY, "body", "mass", "kg", SCALE | ADD | SET, false, 0, MYR_FIELD_body_mass,
     "Mass; the inertia is scaled by the same factor."},
    {CLASS_BODY, "body", "inertia", "kg m^2", SCALE, false, 0, MYR_FIELD_body_inertia,
     "All three principal moments of inertia."},
    {CLASS_BODY, "body", "com", "m", ADD, true, -INFINITY, MYR_FIELD_body_ipos, "Centre of mass in the body's frame."},
    {CLASS_JOINT, "joint", "damping", "", SCALE | ADD | SET, false, 0, MYR_FIELD_dof_damping,
     "Viscous damping, N s/m or N m s/rad; not of free joints."},
    {CLASS_JOINT, "joint", "stiffness", "", SCALE | ADD | SET, false, 0, MYR_FIELD_jnt_stiffness,
     "Spring, N/m or N m/rad; not of free joints."},
    {CLASS_JOINT, "joint", "armature", "", SCALE | ADD | SET, false, 0, MYR_FIELD_dof_armature,
     "Inertia of the drive, kg or kg m^2; not of free joints."},
    {CLASS_JOINT, "joint", "frictionloss", "", SCALE | ADD | SET, false, 0, MYR_FIELD_dof_frictionloss,
     "Dry friction, N or N m; a joint without dry friction stays without."},
    {CLASS_GEOM, "geom", "friction", "1", SCALE | ADD | SET, false, 0, MYR_FIELD_geom_friction,
     "Sliding friction; `scale` scales torsional and rolling friction too."},
    {CLASS_ACTUATOR, "actuator", "strength", "1", SCALE | ADD | SET, false, 0, MYR_FIELD_actuator_strength,
     "Factor on the actuator's force, 1 as modelled."},
    {CLASS_WORLD, "world", "gravity", "m/s^2", SCALE | ADD, true, -INFINITY, MYR_FIELD_gravity,
     "Acceleration of gravity."},
};
const int property_count = sizeof properties / sizeof *properties;
