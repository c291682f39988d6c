/* The parameters that `randomize` may change: those of physics are an expansion of kernels/fields.def. */
#include <math.h>

#include "kernels/fields.h"
#include "kernels/model.h"
#include "scenarios/scenario.h"

#define SCALE (1u << RANDOMIZE_SCALE)
#define ADD (1u << RANDOMIZE_ADD)
#define SET (1u << RANDOMIZE_SET)

#define LOOK_PROPERTY(class, class_name, name, unit, operations, kind, least, most, field, doc)                \
  {                                                                                                            \
    class, class_name, name, unit, operations, kind, least, doc, .look = true, .look_field = MYR_LOOK_##field, \
                                                                 .high = most                                  \
  }

const property properties[] = {
#define AS_NUMBER(class, name, unit, operations, least, doc) \
  CLASS_##class, #class, #name, unit, operations, PROPERTY_NUMBER, least, doc, MYR_ELEMENT_##class
#define AS_VECTOR(class, name, unit, operations, doc) \
  CLASS_##class, #class, #name, unit, operations, PROPERTY_VECTOR, -INFINITY, doc, MYR_ELEMENT_##class
#define PARAMETER_FIELD(name, row, columns, unit, start, doc, property) \
  {AS_##property, MYR_FIELD_##name, columns, MYR_ELEMENT_##row == MYR_ELEMENT_dof, false, 0, 0},
#include "kernels/fields.def"
    {AS_VECTOR(body, position, "m", ADD, "Place of a mocap body in the world."), MYR_FIELD_mocap_pos, 3, false, false,
     0, 0},
    LOOK_PROPERTY(CLASS_geom, "geom", "color", "1", SET, PROPERTY_COLOR, 0, 1, visual_color, "Colour that is seen."),
    LOOK_PROPERTY(CLASS_geom, "geom", "material", "index", SET, PROPERTY_MATERIAL, 0, 0, visual_material,
                  "Name of a material of `world.materials` or, as entity.material, of a model file; its colour holds "
                  "unless `color` is set too."),
    LOOK_PROPERTY(CLASS_material, "material", "color", "1", SET, PROPERTY_COLOR, 0, 1, material_color,
                  "Base colour of a model file's material."),
    LOOK_PROPERTY(CLASS_material, "material", "metallic", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, 1,
                  material_metallic, "0 is a dielectric, 1 a metal."),
    LOOK_PROPERTY(CLASS_material, "material", "roughness", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, 1,
                  material_roughness, "0 is polished, 1 is dull."),
    LOOK_PROPERTY(CLASS_material, "material", "reflectance", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, 1,
                  material_reflectance, "Of a dielectric seen face on."),
    LOOK_PROPERTY(CLASS_material, "material", "emission", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, INFINITY,
                  material_emission, "Light it gives off."),
    LOOK_PROPERTY(CLASS_material, "material", "texture", "index", SET, PROPERTY_TEXTURE, 0, 0, material_texture,
                  "Name of a texture of `world.textures` or, as entity.texture, of a model file; `none` is none."),
    LOOK_PROPERTY(CLASS_light, "light", "color", "1", SET, PROPERTY_COLOR, 0, 1, light_color,
                  "Colour of a model file's light."),
    LOOK_PROPERTY(CLASS_light, "light", "intensity", "1", SCALE | ADD | SET, PROPERTY_NUMBER, 0, INFINITY,
                  light_intensity, "0 is off."),
    LOOK_PROPERTY(CLASS_light, "light", "position", "m", ADD, PROPERTY_VECTOR, -INFINITY, INFINITY, light_position,
                  "Place in its body's frame."),
    LOOK_PROPERTY(CLASS_light, "light", "direction", "1", ADD, PROPERTY_VECTOR, -INFINITY, INFINITY, light_direction,
                  "The way it shines, a vector of length 1."),
};
const int property_count = sizeof properties / sizeof *properties;
