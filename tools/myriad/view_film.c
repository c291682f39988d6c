/* myriad view: films, whose frames are sheets: an animated PNG, or a video. */
#include "stop.h"
#include "view_sheet.h"

/* ---------------------------------------------------------------------------------------------------- a film */

/* One of both is open. */
typedef struct film {
  myr_animation *animation;
  myr_video *video;
} film;

static bool is_open(const film *f) { return f->animation || f->video; }

/* delay: s, of a frame. */
static myr_status open_film(const char *path, const myr_bitmap *first, double delay, film *f, myr_error *error) {
  if (myr_video_rate(path) > 0) return myr_video_create(path, first->width, first->height, 1 / delay, &f->video, error);
  return myr_animation_create(path, first->width, first->height, (int)(delay * 1000 + 0.5), &f->animation, error);
}

static myr_status add_frame(const film *f, const uint8_t *rgb, myr_error *error) {
  return f->video ? myr_video_add(f->video, rgb, error) : myr_animation_add(f->animation, rgb, error);
}

static myr_status finish_film(const film *f, myr_error *error) {
  return f->video ? myr_video_finish(f->video, error) : myr_animation_finish(f->animation, error);
}

static void close_film(const film *f) {
  myr_video_destroy(f->video);
  myr_animation_destroy(f->animation);
}

/* Returns the steps from one frame of the film to the next: those between two frames of the fastest camera, or a multiple
 * of them, because players show only so many frames a second, and browsers 50 of an animated picture. */
static int film_stride(const view_source *source, const char *path, int64_t frames) {
  const double rate = myr_video_rate(path), shortest = 1 / (rate > 0 ? rate : 50) - 0.0005; /* s */
  int stride = source->every;
  while (stride * source->period < shortest) stride += source->every;
  if (frames)
    while ((source->steps - 1) / stride + 1 > frames) stride += source->every;
  return stride;
}

static myr_status draw_frame(view_source *source, const view_options *values, arrangement *cells, int step,
                             double delay, film *f, written *result, myr_error *error) {
  myr_bitmap sheet;
  for (int i = 0; i < cells->count; i++) cells->steps[i] = step;
  myr_status status = compose_sheet(source, values->zoom, cells, &sheet, error);
  if (!status && !is_open(f)) {
    *result = (written){.width = sheet.width, .height = sheet.height};
    status = open_film(values->output, &sheet, delay, f, error);
  }
  if (!status && (sheet.width != result->width || sheet.height != result->height))
    status = myr_fail(error, MYR_ERROR, "frame %d of the film has another size", result->frames);
  if (!status) status = add_frame(f, sheet.pixels, error);
  result->frames++;
  myr_bitmap_free(&sheet);
  return status;
}

myr_status write_film(view_source *source, const view_options *values, arrangement *cells, written *result,
                      myr_error *error) {
  const int stride = film_stride(source, values->output, values->frames);
  const double delay = stride * source->period;
  film f = {0};
  myr_status status = MYR_OK;
  const atomic_int *stop = stop_on_signals(true); /* also while ffmpeg is waited for */
  for (int step = 0; step < source->steps && !status; step += stride) {
    status = draw_frame(source, values, cells, step, delay, &f, result, error);
    if (!status && *stop) status = myr_fail(error, MYR_STOPPED, "stopped: %s is not written", values->output);
  }
  if (!status) status = finish_film(&f, error);
  close_film(&f);
  result->pictures = source->series_count;
  result->seconds = result->frames * delay;
  return status;
}
