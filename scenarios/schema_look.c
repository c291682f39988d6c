/* The keys of the language that concern looks, cameras and sensors. */
#include <stddef.h>

#include "render/render.h"
#include "scenarios/bounds.h"
#include "scenarios/scenario_look.h"

#define AT(type, field) .offset = offsetof(type, field)
#define PI 3.14159265358979323846

const char *const prop_shapes[] = {"box", "sphere", "cylinder", "capsule", "ellipsoid", "plane", NULL};
static const char *const light_types[] = {"directional", "point", "spot", NULL};
static const char *const texture_types[] = {"checker", "gradient", "noise", NULL};
static const char *const mappings[] = {"plane", "box", "uv", "cube", NULL};
static const char *const projections[] = {"pinhole", "fisheye", NULL};
static const char *const sensor_types[] = {"lidar", "ray", NULL};

/* The outputs of a camera and those of a sensor: measurements first, then labels. */
#define WORD(text) text,
#define NO_WORD
#define LIST(name) #name,
#define MEASUREMENT_IF_MEASUREMENT(...) __VA_ARGS__
#define MEASUREMENT_IF_LABEL(...)
#define LABEL_IF_MEASUREMENT(...)
#define LABEL_IF_LABEL(...) __VA_ARGS__
static const char *const camera_output_words[] = {
#define OUTPUT(name, type, channels, stage, role, kind, camera, ...) MEASUREMENT_IF_##role(camera)
#include "kernels/output.def"
#define OUTPUT(name, type, channels, stage, role, kind, camera, ...) LABEL_IF_##role(camera)
#include "kernels/output.def"
    MYR_CAMERA_LISTS(LIST) NULL};
static const char *const sensor_output_words[] = {
#define OUTPUT(name, type, channels, stage, role, kind, camera, beams, ...) MEASUREMENT_IF_##role(beams)
#include "kernels/output.def"
#define OUTPUT(name, type, channels, stage, role, kind, camera, beams, ...) LABEL_IF_##role(beams)
#include "kernels/output.def"
    NULL};

unsigned asked_outputs(const flags_value *flags, bool beams) {
  const char *const *words = beams ? sensor_output_words : camera_output_words;
  unsigned outputs = 0;
  for (int i = 0; words[i]; i++)
    if (flags->bits >> i & 1) outputs |= 1u << myr_output_find(words[i], beams);
  return outputs;
}

/* ------------------------------------------------------------------------------------------------ environment */

static const schema_key orientation_keys[] = {{"roll", SCHEMA_QUANTITY, 0, AT(orientation_section, roll), "rad", TURN,
                                               "0", .doc = "About x, which is applied first."},
                                              {"pitch", SCHEMA_QUANTITY, 0, AT(orientation_section, pitch), "rad", TURN,
                                               "0", .doc = "About y, second: turns x downwards."},
                                              {"yaw", SCHEMA_QUANTITY, 0, AT(orientation_section, yaw), "rad", TURN,
                                               "0", .doc = "About z, last: turns x to the left."},
                                              {0}};
const schema_object schema_orientation = {"orientation", sizeof(orientation_section), orientation_keys,
                                          "Rotations about the fixed axes x, y, z of the surrounding frame."};

static const schema_key sky_keys[] = {
    {"zenith", SCHEMA_COLOR, 0, AT(sky_section, zenith), .doc = "Colour overhead."},
    {"horizon", SCHEMA_COLOR, 0, AT(sky_section, horizon), .doc = "Colour at the horizon."},
    {"ground", SCHEMA_COLOR, 0, AT(sky_section, ground), .doc = "Colour below the horizon."},
    {"light", SCHEMA_QUANTITY, 0, AT(sky_section, light), "1", FRACTION,
     .doc = "Share of the sky's colours that lights the scene."},
    {0}};
const schema_object schema_sky = {"sky", sizeof(sky_section), sky_keys,
                                  "The background. A clear day if left out, or the skybox of a model file."};

static const schema_key fog_keys[] = {
    {"color", SCHEMA_COLOR, 0, AT(fog_section, color), .doc = "Colour of distant things."},
    {"density", SCHEMA_QUANTITY, SCHEMA_REQUIRED, AT(fog_section, density), "m^-1", STRENGTH,
     .doc = "The share exp(-density * distance) of the light remains."},
    {0}};
const schema_object schema_fog = {"fog", sizeof(fog_section), fog_keys, "Haze."};

static const schema_key light_keys[] = {
    {"type", SCHEMA_CHOICE, 0, AT(light_section, type), .default_text = "directional", .choices = light_types,
     .doc = "Directional shines from far away, like the sun; point from one place in all directions; spot in a cone."},
    {"body", SCHEMA_TEXT, 0, AT(light_section, body),
     .doc = "The body it is fixed to, entity.body; the world if left "
            "out."},
    {"position", SCHEMA_VECTOR, 0, AT(light_section, position), "m", PLACE,
     .doc = "Position of a point or spot light, in its body's frame."},
    {"direction", SCHEMA_VECTOR, 0, AT(light_section, direction), "1", DIRECTION,
     .doc = "The way a directional or spot light shines, of any length; straight down if left out."},
    {"color", SCHEMA_COLOR, 0, AT(light_section, color), .default_text = "[1, 1, 1]", .doc = "Colour of the light."},
    {"intensity", SCHEMA_QUANTITY, 0, AT(light_section, intensity), "1", STRENGTH, "1",
     .doc = "With 1 a white surface that faces the light is white; 0 is off."},
    {"radius", SCHEMA_QUANTITY, 0, AT(light_section, radius), "m", RADIUS,
     .doc = "Size of a point or spot light, which makes shadows soft; hard if left out."},
    {"angle", SCHEMA_QUANTITY, 0, AT(light_section, angle), "rad", 0, PI / 2,
     .doc = "Diameter of a directional light in the sky, which makes shadows soft; the sun's is 0.5 deg."},
    {"attenuation", SCHEMA_NUMBERS, SCHEMA_CONSTANT, AT(light_section, attenuation), "1", STRENGTH, .least = 3,
     .most = 3,
     .doc = "[a, b, c]: a point or spot light is divided by a + b d + c d^2 at the distance d; [1, 0, 0] if left out."},
    {"cone", SCHEMA_NUMBERS, SCHEMA_CONSTANT, AT(light_section, cone), "rad", 0, PI / 2, .least = 2, .most = 2,
     .doc = "Angles from a spot light's axis: full light inside the first, none outside the second; 30 and 40 degrees "
            "if left out."},
    {"shadows", SCHEMA_BOOLEAN, 0, AT(light_section, shadows), .default_text = "true",
     .doc = "Whether it casts shadows."},
    {0}};
const schema_object schema_light = {"light", sizeof(light_section), light_keys, "A light."};

static const schema_key texture_keys[] = {
    {"file", SCHEMA_TEXT, 0, AT(texture_section, file),
     .doc = "PNG file, relative to the scenario's folder. A texture has either `file` or `type`."},
    {"file_hash", SCHEMA_TEXT, 0, AT(texture_section, file_hash),
     .doc = "Hash of the file, as the canonical form writes it; when given, it must match."},
    {"type", SCHEMA_CHOICE, 0, AT(texture_section, type), .choices = texture_types,
     .doc = "A computed pattern: squares, a gradient, or clouds."},
    {"color", SCHEMA_COLOR, 0, AT(texture_section, color), .doc = "First colour of a pattern; black if left out."},
    {"color2", SCHEMA_COLOR, 0, AT(texture_section, color2), .doc = "Second colour of a pattern; white if left out."},
    {0}};
const schema_object schema_texture = {"texture", sizeof(texture_section), texture_keys, "An image or a pattern."};

static const schema_key material_keys[] = {
    {"color", SCHEMA_COLOR, 0, AT(material_section, color), .default_text = "[1, 1, 1]",
     .doc = "Base colour; it multiplies the colour of the texture."},
    {"metallic", SCHEMA_QUANTITY, 0, AT(material_section, metallic), "1", FRACTION, "0",
     .doc = "0 is a dielectric such as wood or plastic, 1 a metal."},
    {"roughness", SCHEMA_QUANTITY, 0, AT(material_section, roughness), "1", FRACTION, "0.6",
     .doc = "0 is polished, 1 is dull."},
    {"reflectance", SCHEMA_QUANTITY, 0, AT(material_section, reflectance), "1", FRACTION, "0.04",
     .doc = "Reflectance of a dielectric at normal incidence; 0 has no highlights."},
    {"emission", SCHEMA_QUANTITY, 0, AT(material_section, emission), "1", STRENGTH, "0",
     .doc = "Light that it emits, as a factor on its colour."},
    {"texture", SCHEMA_NAME, 0, AT(material_section, texture),
     .doc = "Name of a texture of `world.textures` or, as entity.texture, of a model file; `none` is none."},
    {"repeat", SCHEMA_NUMBERS, 0, AT(material_section, repeat), "m^-1", -1e6, 1e6, "[1, 1]", .least = 2, .most = 2,
     .doc = "Repetitions of the texture along its two axes."},
    {"mapping", SCHEMA_CHOICE, 0, AT(material_section, mapping), .default_text = "box", .choices = mappings,
     .doc = "Places a texture by x and y, by the two axes along which the surface runs, by the mesh's own coordinates, "
            "or by direction from the middle."},
    {0}};
const schema_object schema_material = {"material", sizeof(material_section), material_keys,
                                       "The optical properties of a surface."};

/* ------------------------------------------------------------------------------------------------ cameras */

#define TURN_DOC "Turns it about its own axes - x forward, y left, z up - after it was aimed, to vary its aim."
#define RATE_DOC "Frames per second; the control rate must be a multiple of it. One for every control step if left out."
#define EPISODES_DOC "Sees only every n-th episode, which saves space and time."

static const schema_key camera_keys[] = {
    {"from", SCHEMA_TEXT, 0, AT(camera_section, from),
     .doc = "A camera of a model file, entity.camera, whose place, aim and angle of view this one takes over."},
    {"body", SCHEMA_TEXT, 0, AT(camera_section, pose.body),
     .doc = "The body it is fixed to, entity.body; the world if left out."},
    {"position", SCHEMA_VECTOR, 0, AT(camera_section, pose.position), "m", PLACE,
     .doc = "Where it is, in its body's frame; the body's origin if left out."},
    {"look_at", SCHEMA_VECTOR, 0, AT(camera_section, pose.look_at), "m", PLACE,
     .doc = "The point it looks at, in its body's frame. A camera has one of look_at, direction and orientation; "
            "otherwise it looks along x."},
    {"direction", SCHEMA_VECTOR, 0, AT(camera_section, pose.direction), "1", DIRECTION,
     .doc = "The way it looks, in its body's frame, of any length."},
    {"up", SCHEMA_VECTOR, 0, AT(camera_section, pose.up), "1", DIRECTION,
     .doc = "The direction that is up in the image, with look_at or direction, in its body's frame; z if left out."},
    {"orientation", SCHEMA_OBJECT, 0, AT(camera_section, pose.orientation), .object = &schema_orientation,
     .doc = "Its own axes - x forward, y left, z up - in its body's frame."},
    {"shift", SCHEMA_VECTOR, 0, AT(camera_section, pose.shift), "m", PLACE,
     .doc = "Moves it in its body's frame after it was aimed, to vary its place."},
    {"turn", SCHEMA_OBJECT, 0, AT(camera_section, pose.turn), .object = &schema_orientation, .doc = TURN_DOC},
    {"projection", SCHEMA_CHOICE, 0, AT(camera_section, projection), .default_text = "pinhole", .choices = projections,
     .doc = "A pinhole keeps straight lines straight; in a fisheye the distance from the centre grows with the angle."},
    {"fov", SCHEMA_QUANTITY, 0, AT(camera_section, fov), "rad", FIELD_OF_VIEW,
     .doc = "Angle of view over the image's height; 60 degrees if left out, 180 for a fisheye."},
    {"focal", SCHEMA_NUMBERS, SCHEMA_CONSTANT, AT(camera_section, focal), "1", FOCAL, .least = 2, .most = 2,
     .doc = "Focal lengths in pixels along the image's width and height, as calibrated, instead of `fov`."},
    {"center", SCHEMA_NUMBERS, SCHEMA_CONSTANT, AT(camera_section, center), "1", PIXELS, .least = 2, .most = 2,
     .doc = "Principal point in pixels from the upper left corner, beside `focal`; the middle if left out."},
    {"size", SCHEMA_NUMBERS, SCHEMA_CONSTANT | SCHEMA_WHOLE, AT(camera_section, size), "1", 1, MYR_VIEW_LIMIT,
     "[128, 128]", .least = 2, .most = 2, .doc = "Width and height in pixels."},
    {"near", SCHEMA_QUANTITY, SCHEMA_CONSTANT, AT(camera_section, near), "m", EXTENT, "1 cm",
     .doc = "Nothing nearer is seen."},
    {"far", SCHEMA_QUANTITY, SCHEMA_CONSTANT, AT(camera_section, far), "m", EXTENT, "100 m",
     .doc = "Nothing farther is seen."},
    {"samples", SCHEMA_INTEGER, 0, AT(camera_section, samples), NULL, 1, 16, "1",
     .doc = "Colour samples in a pixel, 1, 4 or 16; more make edges smoother and take more time. Labels are those of "
            "the pixel's middle."},
    {"shadows", SCHEMA_BOOLEAN, 0, AT(camera_section, shadows), .default_text = "true",
     .doc = "Whether it sees shadows; faster without."},
    {"textures", SCHEMA_BOOLEAN, 0, AT(camera_section, textures), .default_text = "true",
     .doc = "Whether it sees textures; faster without."},
    {"outputs", SCHEMA_FLAGS, 0, AT(camera_section, outputs), .default_text = "[rgb]", .choices = camera_output_words,
     .doc = "Images and labels of every frame."},
    {"rate", SCHEMA_QUANTITY, SCHEMA_CONSTANT | SCHEMA_ABOVE_LOW, AT(camera_section, timing.rate), "Hz", RATE,
     .doc = RATE_DOC},
    {"episodes_every", SCHEMA_INTEGER, 0, AT(camera_section, timing.episodes_every), NULL, 1, 1000000, "1",
     .doc = EPISODES_DOC},
    {0}};
const schema_object schema_camera = {"camera", sizeof(camera_section), camera_keys,
                                     "A camera. In the data its frame is x right, y down, z forward."};

static const schema_key sensor_keys[] = {
    {"type", SCHEMA_CHOICE, SCHEMA_REQUIRED, AT(sensor_section, type), .choices = sensor_types,
     .doc = "A lidar has rows (channels) and columns of beams; a ray is one beam, a range finder."},
    {"body", SCHEMA_TEXT, 0, AT(sensor_section, pose.body),
     .doc = "The body it is fixed to, entity.body; the world if left out."},
    {"position", SCHEMA_VECTOR, 0, AT(sensor_section, pose.position), "m", PLACE,
     .doc = "Where it is, in its body's frame; the body's origin if left out."},
    {"direction", SCHEMA_VECTOR, 0, AT(sensor_section, pose.direction), "1", DIRECTION,
     .doc = "The way a ray points, or a lidar's x axis, in its body's frame, of any length. A sensor has one of "
            "direction and orientation; otherwise it looks along x."},
    {"orientation", SCHEMA_OBJECT, 0, AT(sensor_section, pose.orientation), .object = &schema_orientation,
     .doc = "Its own axes - x forward, y left, z up - in its body's frame."},
    {"shift", SCHEMA_VECTOR, 0, AT(sensor_section, pose.shift), "m", PLACE,
     .doc = "Moves it in its body's frame after it was aimed, to vary its place."},
    {"turn", SCHEMA_OBJECT, 0, AT(sensor_section, pose.turn), .object = &schema_orientation, .doc = TURN_DOC},
    {"channels", SCHEMA_INTEGER, 0, AT(sensor_section, channels), NULL, 1, MYR_VIEW_LIMIT,
     .doc = "Rows of beams; 16 if left out."},
    {"elevation", SCHEMA_NUMBERS, SCHEMA_CONSTANT, AT(sensor_section, elevation), "rad", -PI / 2, PI / 2, .least = 2,
     .most = 2,
     .doc = "Elevations of the lowest and the highest row, the others evenly between; -15 and 15 degrees if left "
            "out. Rows are numbered from the top."},
    {"elevations", SCHEMA_NUMBERS, SCHEMA_CONSTANT, AT(sensor_section, elevations), "rad", -PI / 2, PI / 2, .least = 1,
     .most = MYR_VIEW_LIMIT, .doc = "Elevation of each row, rising or falling, instead of `channels` and `elevation`."},
    {"columns", SCHEMA_INTEGER, 0, AT(sensor_section, columns), NULL, 1, MYR_VIEW_LIMIT,
     .doc = "Columns of beams; 360 if left out."},
    {"azimuth", SCHEMA_NUMBERS, SCHEMA_CONSTANT, AT(sensor_section, azimuth), "rad", -2 * PI, 2 * PI, .least = 2,
     .most = 2,
     .doc = "Azimuths of the first and the last column, to the left of x, the others evenly between; a whole turn ends "
            "one column earlier. [180 deg, -180 deg] if left out: from behind, clockwise."},
    {"range", SCHEMA_NUMBERS, SCHEMA_CONSTANT, AT(sensor_section, range), "m", EXTENT, "[5 cm, 100 m]", .least = 2,
     .most = 2, .doc = "Nearest and farthest distance that it measures."},
    {"spinning", SCHEMA_BOOLEAN, 0, AT(sensor_section, spinning),
     .doc =
         "Whether a lidar takes its columns one after another, a whole turn in 1/rate, while everything moves. A scan "
         "ends at the time of its frame. If false or left out, it takes all columns at once."},
    {"outputs", SCHEMA_FLAGS, 0, AT(sensor_section, outputs), .default_text = "[range]", .choices = sensor_output_words,
     .doc = "Measurements and labels of every beam."},
    {"rate", SCHEMA_QUANTITY, SCHEMA_CONSTANT | SCHEMA_ABOVE_LOW, AT(sensor_section, timing.rate), "Hz", RATE,
     .doc = RATE_DOC},
    {"episodes_every", SCHEMA_INTEGER, 0, AT(sensor_section, timing.episodes_every), NULL, 1, 1000000, "1",
     .doc = EPISODES_DOC},
    {0}};
const schema_object schema_sensor = {"sensor", sizeof(sensor_section), sensor_keys,
                                     "A lidar or a range finder. Its own axes are x forward, y left, z up."};
