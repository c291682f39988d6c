/* The parameters that `randomize` may change. */
#include <math.h>

#include "scenarios/scenario.h"

#define SCALE (1u << RANDOMIZE_SCALE)
#define ADD (1u << RANDOMIZE_ADD)
#define SET (1u << RANDOMIZE_SET)

#define LOOK_PROPERTY(class, class_name, name, unit, operations, kind, low, high, field, doc) \
  { class, class_name, name, unit, operations, kind, low, 0, doc, true, MYR_LOOK_##field, high }

const property properties[] = {
    {CLASS_BODY, "body", "mass", "kg", SCALE | ADD | SET, PROPERTY_NUMBER, 0, MYR_FIELD_body_mass,
     .doc = "Mass; the inertia is scaled by the same factor."},
    {CLASS_BODY, "body", "inertia", "kg m^2", SCALE, PROPERTY_NUMBER, 0, MYR_FIELD_body_inertia,
     .doc = "All three principal moments of inertia."},
    {CLASS_BODY, "body", "com", "m", ADD, PROPERTY_VECTOR, -INFINITY, MYR_FIELD_body_ipos,
     .doc = "Centre of mass in the body's frame."},
    {CLASS_JOINT, "joint", "damping", "", SCALE | ADD | SET, PROPERTY_NUMBER, 0, MYR_FIELD_dof_damping,
     .doc = "Viscous damping, N s/m or N m s/rad; not of free joints."},
    {CLASS_JOINT, "joint", "stiffness", "", SCALE | ADD | SET, PROPERTY_NUMBER, 0, MYR_FIELD_jnt_stiffness,
     .doc = "Spring, N/m or N m/rad; not of free joints."},
    {CLASS_JOINT, "joint", "armature", "", SCALE | ADD | SET, PROPERTY_NUMBER, 0, MYR_FIELD_dof_armature,
     .doc = "Inertia of the drive, kg or kg m^2; not of free joints."},
    {CLASS_JOINT, "joint", "frictionloss", "", SCALE | ADD | SET, PROPERTY_NUMBER, 0, MYR_FIELD_dof_frictionloss,
     .doc = "Dry friction, N or N m; a joint without dry friction stays without."},
    {CLASS_GEOM, "geom", "friction", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, MYR_FIELD_geom_friction,
     .doc = "Sliding friction; `scale` scales torsional and rolling friction too."},
    {CLASS_ACTUATOR, "actuator", "strength", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, MYR_FIELD_actuator_strength,
     .doc = "Factor on the actuator's force, 1 as modelled."},
    {CLASS_WORLD, "world", "gravity", "m/s^2", SCALE | ADD, PROPERTY_VECTOR, -INFINITY, MYR_FIELD_gravity,
     .doc = "Acceleration of gravity."},
    LOOK_PROPERTY(CLASS_GEOM, "geom", "color", "1", SET, PROPERTY_COLOR, 0, 1, visual_color, "Colour that is seen."),
    LOOK_PROPERTY(CLASS_GEOM, "geom", "material", "index", SET, PROPERTY_MATERIAL, 0, 0, visual_material,
                  "Name of a material of `world.materials` or, as entity.material, of a model file; its colour holds "
                  "unless `color` is set too."),
    LOOK_PROPERTY(CLASS_MATERIAL, "material", "color", "1", SET, PROPERTY_COLOR, 0, 1, material_color,
                  "Base colour of a model file's material."),
    LOOK_PROPERTY(CLASS_MATERIAL, "material", "metallic", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, 1,
                  material_metallic, "0 is a dielectric, 1 a metal."),
    LOOK_PROPERTY(CLASS_MATERIAL, "material", "roughness", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, 1,
                  material_roughness, "0 is polished, 1 is dull."),
    LOOK_PROPERTY(CLASS_MATERIAL, "material", "reflectance", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, 1,
                  material_reflectance, "Of a dielectric seen face on."),
    LOOK_PROPERTY(CLASS_MATERIAL, "material", "emission", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, INFINITY,
                  material_emission, "Light it gives off."),
    LOOK_PROPERTY(CLASS_MATERIAL, "material", "texture", "index", SET, PROPERTY_TEXTURE, 0, 0, material_texture,
                  "Name of a texture of `world.textures` or, as entity.texture, of a model file; `none` is none."),
    LOOK_PROPERTY(CLASS_LIGHT, "light", "color", "1", SET, PROPERTY_COLOR, 0, 1, light_color,
                  "Colour of a model file's light."),
    LOOK_PROPERTY(CLASS_LIGHT, "light", "intensity", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, INFINITY,
                  light_intensity, "0 is off."),
    LOOK_PROPERTY(CLASS_LIGHT, "light", "position", "m", ADD, PROPERTY_VECTOR, -INFINITY, INFINITY, light_position,
                  "Place in its body's frame."),
    LOOK_PROPERTY(CLASS_LIGHT, "light", "direction", "1", ADD, PROPERTY_VECTOR, -INFINITY, INFINITY, light_direction,
                  "The way it shines, a vector of length 1."),
};
const int property_count = sizeof properties / sizeof *properties;
