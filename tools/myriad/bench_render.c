/* myriad bench --render: measures how fast the pictures of a model or scene are drawn. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "view.h"

static const char *const stages[MYR_RASTER_STAGE_COUNT] = {[MYR_RASTER_SETUP] = "setup",
                                                           [MYR_RASTER_MESHES] = "meshes",
                                                           [MYR_RASTER_PRIMITIVES] = "primitives",
                                                           [MYR_RASTER_LABELS] = "labels",
                                                           [MYR_RASTER_SHADING] = "shading"};

static void print_rate_json(const char *prefix, const myr_render_rate *rate, const char *pixel, double pixels) {
  printf(", \"%sframes_per_second\": %.0f, \"%sframes_per_second_low\": %.0f, \"%sframes_per_second_high\": %.0f"
         ", \"%s%ss_per_second\": %.4g, \"%sstages\": {",
         prefix, rate->frames_per_second, prefix, rate->low, prefix, rate->high, prefix, pixel,
         rate->frames_per_second * pixels, prefix);
  for (int s = 0; s < MYR_RASTER_STAGE_COUNT; s++)
    printf("%s\"%s\": %.4f", s ? ", " : "", stages[s], rate->stage_share[s]);
  printf("}");
}

/* The word for one number of an image. */
static const char *pixel_word(const myr_camera_info *camera) {
  return camera->projection == MYR_BEAMS ? "ray" : "pixel";
}

static void print_json(const char *path, const myr_camera_info *camera, const myr_render_benchmark *result) {
  double pixels = (double)result->width * result->height;
  printf("{\"model\": ");
  myr_json_string(stdout, path);
  printf(", \"camera\": ");
  myr_json_string(stdout, camera->name);
  printf(", \"engine\": \"%s\", \"kernels\": \"%s\", \"lanes\": %d, \"threads\": %d, \"width\": %d, \"height\": %d, "
         "\"samples\": %d"
         ", \"worlds\": %d",
         result->engine, result->raster, result->lanes, result->threads, result->width, result->height, result->samples,
         result->worlds);
  printf(", \"waiting_share\": %.4f", result->waiting_share);
  print_rate_json("", &result->plain, pixel_word(camera), pixels);
  print_rate_json("shadows_and_textures_", &result->matt, pixel_word(camera), pixels);
  print_rate_json("full_", &result->full, pixel_word(camera), pixels);
  puts("}");
}

static void print_rate(const char *name, const myr_render_rate *rate, double pixels) {
  printf("%-22s %12.0f %12.0f %12.0f %12.1f  ", name, rate->frames_per_second, rate->low, rate->high,
         1e-6 * rate->frames_per_second * pixels);
  for (int s = 0; s < MYR_RASTER_STAGE_COUNT; s++)
    if (rate->stage_share[s] >= 0.0005) printf(" %s %.0f %%", stages[s], 100 * rate->stage_share[s]);
  putchar('\n');
}

static void print_text(const char *path, const myr_camera_info *camera, const myr_render_benchmark *result) {
  double pixels = (double)result->width * result->height;
  const char *pixel = pixel_word(camera);
  printf("%s, %s %s: %d x %d %ss, %d sample%s\n%d worlds, %s: %d %ss at once (%s), %d thread%s\n\n", path,
         camera->projection == MYR_BEAMS ? "sensor" : "camera", camera->name, result->width, result->height, pixel,
         result->samples, result->samples == 1 ? "" : "s", result->worlds, result->engine, result->lanes, pixel,
         result->raster, result->threads, result->threads == 1 ? "" : "s");
  char millions[16];
  snprintf(millions, sizeof millions, "M%ss/s", pixel);
  printf("%-22s %12s %12s %12s %12s   share of the time\n", "", "frames/s", "slowest", "fastest", millions);
  print_rate("diffuse light only", &result->plain, pixels);
  print_rate("shadows and textures", &result->matt, pixels);
  print_rate("everything", &result->full, pixels);
  if (myr_engine_traits_of(result->engine)->on_device)
    printf("\nthe processors wait for the GPU %.0f %% of their time\n", 100 * result->waiting_share);
}

/* Returns the index of the camera of that name, or of the first camera if name is NULL. Prints a message and returns -1
 * if there is none. */
static int find_camera(const myr_look *look, const char *name) {
  if (!name) return 0;
  int camera = myr_look_find(look, MYR_LOOK_CAMERA, name);
  if (camera < 0) fprintf(stderr, "myriad bench: there is no camera %s\n", name);
  return camera;
}

static bool parse_outputs(const char *text, unsigned *outputs) {
  if (!parse_view_outputs("bench", text, outputs)) return false;
  if (!(*outputs & MYR_OUTPUT_BIT(keypoints))) return true;
  fputs("myriad bench: keypoints are no pixels and take no time; leave them out of --outputs\n", stderr);
  return false;
}

int bench_render(const bench_options *values, const char *path, const myr_model *model, const myr_look *look) {
  myr_error error = {0};
  const char *engine;
  myr_status status = myr_engine_find(values->engine, &engine, &error);
  if (status) return report_failure(&bench_command, status, &error);
  myr_render_benchmark_description description = {.look = look,
                                                  .engine = engine,
                                                  .model = model,
                                                  .worlds = (int)values->worlds,
                                                  .lanes = (int)values->lanes,
                                                  .threads = (int)values->threads,
                                                  .rounds = (int)values->rounds,
                                                  .frames = values->frames,
                                                  .samples = (int)values->samples,
                                                  .seed = (uint64_t)values->seed};
  if (values->size && !parse_pixel_size(values->size, &description.width, &description.height)) {
    fprintf(stderr, "myriad bench: --size %s is not a size; write --size 64x64\n", values->size);
    return EXIT_USAGE;
  }
  if (values->outputs && !parse_outputs(values->outputs, &description.outputs)) return EXIT_USAGE;
  description.camera = find_camera(look, values->camera);
  if (description.camera < 0) return EXIT_USAGE;
  myr_render_benchmark result;
  status = myr_render_benchmark_run(&description, &result, &error);
  if (status) return report_failure(&bench_command, status, &error);
  const myr_camera_info *camera = &myr_look_describe(look)->cameras[description.camera];
  if (values->json)
    print_json(path, camera, &result);
  else
    print_text(path, camera, &result);
  return EXIT_DONE;
}
