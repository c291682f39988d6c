/* Floor 3, public: pictures for people: bitmaps, PNG files, animations, labels in false colours, and sheets of
 * captioned pictures.
 *
 *   labels of a frame ──► false colours ──► bitmap ──► sheet ──► PNG, or one frame of an animation
 *
 * Of all this only the texels of texture files reach a dataset. Equal inputs give equal bytes for one version of libpng
 * and zlib, and equal pixels for all versions. A written file appears under its name only when it is complete, and then
 * replaces an older file of that name. */
#ifndef MYR_PICTURE_H
#define MYR_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/status.h"

/* The largest side and the largest memory of one bitmap. A file that declares more is refused before its pixels are
 * read. */
enum { MYR_PICTURE_SIDE = 16384, MYR_PICTURE_BYTES = 1 << 28 };

/* ------------------------------------------------------------------------------------------------ bitmaps */

/* 8 bits a channel, sRGB-encoded, row major from the top left, without padding. */
typedef struct myr_bitmap {
  int width, height;
  int channels;    /* 1: grey, 3: RGB, 4: RGBA, alpha not premultiplied */
  uint8_t *pixels; /* (height, width, channels) */
} myr_bitmap;

/* Makes a black bitmap. MYR_INVALID: sides out of range; MYR_ERROR: too little memory. On failure the bitmap is
 * empty. */
myr_status myr_bitmap_create(int width, int height, int channels, myr_bitmap *bitmap, myr_error *error);
void myr_bitmap_free(myr_bitmap *bitmap); /* an empty bitmap is allowed */

/* ------------------------------------------------------------------------------------------------ files */

/* Reads any PNG file as RGB, or as RGBA if it has transparency; 16 bits are rounded to 8. The values are taken as sRGB;
 * gamma and profile chunks are ignored, as in most renderers. MYR_IO: missing or unreadable; MYR_INVALID: not a PNG,
 * truncated, corrupt or too large; MYR_ERROR: too little memory. On failure the bitmap is empty. */
myr_status myr_png_read(const char *path, myr_bitmap *bitmap, myr_error *error);

/* MYR_IO: the file could not be written completely, and no part of it remains. */
myr_status myr_png_write(const char *path, const myr_bitmap *bitmap, myr_error *error);

/* An animated PNG, which browsers play, for ever; other programs show its first frame. */
typedef struct myr_animation myr_animation;

/* delay: ms for which a frame is shown, 1 .. 65535. */
myr_status myr_animation_create(const char *path, int width, int height, int delay, myr_animation **animation,
                                myr_error *error);
/* rgb (height, width, 3). After a failure only myr_animation_destroy remains. */
myr_status myr_animation_add(myr_animation *animation, const uint8_t *rgb, myr_error *error);
/* Completes the file and gives it its name. MYR_INVALID without any frame. Destroy it in any case. */
myr_status myr_animation_finish(myr_animation *animation, myr_error *error);
/* Leaves no file behind unless it was finished. NULL is fine. */
void myr_animation_destroy(myr_animation *animation);

/* A video, which the program ffmpeg encodes: frames go to it through a pipe. The file's name decides the kind: video.def
 * lists the endings. */
typedef struct myr_video myr_video;

/* The most frames a second that players of such a video show; 0 if the name does not end like a video's. */
double myr_video_rate(const char *path);
/* The endings, such as ".mp4 .webm .gif". */
const char *myr_video_endings(void);
/* Whether a video can be made here. MYR_UNAVAILABLE: there is no ffmpeg in PATH; the message names the remedy. */
myr_status myr_video_check(const char *path, myr_error *error);

/* As of animations: a file appears only when it is finished. MYR_IO: ffmpeg failed; the message has its last line.
 * MYR_STOPPED: add or finish was interrupted by a signal that has a handler. */
myr_status myr_video_create(const char *path, int width, int height, double frames_per_second, myr_video **video,
                            myr_error *error);
myr_status myr_video_add(myr_video *video, const uint8_t *rgb, myr_error *error);
myr_status myr_video_finish(myr_video *video, myr_error *error);
/* Ends ffmpeg if it still runs. NULL is fine. */
void myr_video_destroy(myr_video *video);

/* ------------------------------------------------------------------------------------------------ false colours */
/* count: pixels; rgb (count, 3). */

/* The smallest and the largest positive finite depth, m. Returns false when there is none. */
bool myr_depth_range(const float *depth, int64_t count, float *nearest, float *farthest);
/* Depth or range, m. Colours are spaced evenly in 1/depth between the limits, and near ones are bright. On a plane seen
 * in perspective they are then spaced evenly in the picture, and a far horizon leaves colours for near things. 0 means
 * that nothing is seen, and is black. */
void myr_color_depth(const float *depth, int64_t count, float nearest, float farthest, uint8_t *rgb);
/* Each id has its own colour, the same in every picture; 0, which is the background, is nearly black. */
void myr_color_ids(const int32_t *ids, int64_t count, uint8_t *rgb);
/* (count, 3) unit: (n + 1) / 2; a zero vector is black. */
void myr_color_normals(const float *normals, int64_t count, uint8_t *rgb);
/* (count, 2) px: the hue tells the direction, the saturation the speed; at half_speed, px, it is one half. No motion is
 * white. */
void myr_color_flow(const float *flow, int64_t count, float half_speed, uint8_t *rgb);
/* 0..1, linear, as grey: its square root, for a screen. */
void myr_color_intensity(const float *intensity, int64_t count, uint8_t *rgb);
/* The colour that myr_color_ids gives to one id. */
void myr_color_of_id(int32_t id, uint8_t rgb[3]);

/* ------------------------------------------------------------------------------------------------ marks */
/* These draw into an RGB bitmap. Parts outside it are not drawn. */

/* The outermost pixels of [x0, x1) x [y0, y1); an empty box is not drawn. */
void myr_mark_box(myr_bitmap *bitmap, const int32_t box[4], bool dashed, const uint8_t rgb[3]);
/* An upright cross with arms of `arm` pixels. u, v: px. */
void myr_mark_cross(myr_bitmap *bitmap, float u, float v, int arm, const uint8_t rgb[3]);
/* The pixels between two, including both. Draws nothing if an end is more than 2^20 pixels away. */
void myr_mark_line(myr_bitmap *bitmap, int x0, int y0, int x1, int y1, const uint8_t rgb[3]);
/* One line of ASCII in letters of 6 by 9 pixels; x, y: the first one's upper left corner. */
void myr_mark_text(myr_bitmap *bitmap, int x, int y, const char *text, const uint8_t rgb[3]);

/* ------------------------------------------------------------------------------------------------ sheets */

typedef struct myr_sheet_cell {
  const myr_bitmap *picture; /* RGB; NULL: the cell stays empty */
  const char *caption;       /* UTF-8, but only its ASCII is drawn; '\n' begins a line; NULL: none */
  int enlarge_x, enlarge_y;  /* every pixel becomes a rectangle of this many pixels; at least 1 */
} myr_sheet_cell;

/* Places the cells row by row, `columns` in a row. Each row is as high and each column as wide as its largest picture
 * needs. Captions stand below the pictures, broken at spaces. title may be NULL. MYR_INVALID: no cells, or a sheet out
 * of range. */
myr_status myr_sheet_compose(const myr_sheet_cell *cells, int count, int columns, const char *title, myr_bitmap *sheet,
                             myr_error *error);
/* Gives the size of the sheet; the pictures need no pixels yet. The errors are the same. */
myr_status myr_sheet_measure(const myr_sheet_cell *cells, int count, int columns, const char *title, int *width,
                             int *height, myr_error *error);

#endif
