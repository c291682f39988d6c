/* Draws the distances between two engines over time. */
#include <math.h>
#include <stdio.h>

#include "episode_pairs.h"
#include "render/picture.h"

enum { WIDTH = 860, HEIGHT = 420, LEFT = 70, RIGHT = 20, TOP = 40, BOTTOM = 50, LETTER = 6, TICK = 4 };
static const uint8_t paper[3] = {255, 255, 255}, ink[3] = {40, 44, 52}, faint[3] = {222, 225, 230};
static const uint8_t band[3] = {205, 224, 240}, body_line[3] = {38, 112, 178}, root_line[3] = {214, 96, 47};

/* Time runs along x. Distances run along y on a logarithmic scale between two powers of ten. */
typedef struct axes {
  double duration;     /* s */
  int lowest, highest; /* powers of ten */
} axes;

static int x_of(const axes *a, double time) { return LEFT + (int)lround((WIDTH - LEFT - RIGHT) * time / a->duration); }

static int y_of(const axes *a, double distance) {
  double power = distance > 0 ? log10(distance) : a->lowest;
  double share = (fmin(fmax(power, a->lowest), a->highest) - a->lowest) / (a->highest - a->lowest);
  return HEIGHT - BOTTOM - (int)lround((HEIGHT - TOP - BOTTOM) * share);
}

static axes axes_of(const episode_pairs *p) {
  const int most_decades = 8; /* smaller distances are only the rounding of floats */
  double largest = 0, smallest = INFINITY;
  for (int step = 1; step < p->steps; step++) {
    const double values[] = {p->all[step].low, p->all[step].high, p->roots[step].median};
    for (int i = 0; i < 3; i++) {
      if (values[i] > largest) largest = values[i];
      if (values[i] > 0 && values[i] < smallest) smallest = values[i];
    }
  }
  axes a = {.duration = fmax((p->steps - 1) * p->period, p->period)};
  a.highest = largest > 0 ? (int)ceil(log10(largest)) : 0;
  a.lowest = isinf(smallest) ? a.highest - 1 : (int)floor(log10(smallest));
  if (a.lowest > a.highest - 1) a.lowest = a.highest - 1;
  if (a.lowest < a.highest - most_decades) a.lowest = a.highest - most_decades;
  return a;
}

/* Returns the distance of ticks in s: the largest of 1, 2 and 5 times a power of ten that divides the axis into at
 * least five parts. */
static double tick_of(double duration) {
  double power = pow(10, floor(log10(duration / 5)));
  double part = duration / 5 / power;
  return power * (part >= 5 ? 5 : part >= 2 ? 2 : 1);
}

static void draw_axes(myr_bitmap *b, const axes *a) {
  char text[32];
  for (int power = a->lowest; power <= a->highest; power++) {
    int y = y_of(a, pow(10, power));
    myr_mark_line(b, LEFT, y, WIDTH - RIGHT, y, faint);
    int letters = snprintf(text, sizeof text, "1e%d m", power);
    myr_mark_text(b, LEFT - TICK - letters * LETTER, y - LETTER / 2, text, ink);
  }
  double tick = tick_of(a->duration);
  for (int i = 0; i * tick <= a->duration * (1 + 1e-9); i++) {
    int x = x_of(a, i * tick);
    myr_mark_line(b, x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + TICK, ink);
    int letters = snprintf(text, sizeof text, "%g s", i * tick);
    myr_mark_text(b, x - letters * LETTER / 2, HEIGHT - BOTTOM + 2 * TICK, text, ink);
  }
  myr_mark_line(b, LEFT, TOP, LEFT, HEIGHT - BOTTOM, ink);
  myr_mark_line(b, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, ink);
}

/* Draws the range from the first to the ninth decile, one column of pixels for each time. */
static void draw_band(myr_bitmap *b, const axes *a, const episode_pairs *p) {
  for (int x = LEFT + 1; x < WIDTH - RIGHT; x++) {
    int step = (int)((double)(x - LEFT) / (WIDTH - LEFT - RIGHT) * a->duration / p->period + 0.5);
    if (step >= p->steps || !p->going_on[step]) continue;
    myr_mark_line(b, x, y_of(a, p->all[step].low), x, y_of(a, p->all[step].high), band);
  }
}

static void draw_line(myr_bitmap *b, const axes *a, const episode_pairs *p, const distance_quantiles *q,
                      const uint8_t rgb[3]) {
  for (int step = 1; step < p->steps && p->going_on[step]; step++)
    for (int thick = 0; thick < 2; thick++)
      myr_mark_line(b, x_of(a, (step - 1) * p->period), y_of(a, q[step - 1].median) + thick, x_of(a, step * p->period),
                    y_of(a, q[step].median) + thick, rgb);
}

static void draw_legend(myr_bitmap *b) {
  const struct {
    const char *text;
    const uint8_t *rgb;
  } entries[] = {{"all bodies, median", body_line}, {"10 % to 90 %", band}, {"roots, median", root_line}};
  int x = LEFT;
  for (int i = 0; i < 3; i++) {
    const int sample = 18, gap = 170, y = HEIGHT - BOTTOM / 2 + TICK;
    for (int thick = 0; thick < 4; thick++) myr_mark_line(b, x, y + thick, x + sample, y + thick, entries[i].rgb);
    myr_mark_text(b, x + sample + TICK, y - 2, entries[i].text, ink);
    x += gap;
  }
}

myr_status episode_pairs_plot(const episode_pairs *p, const char *title, const char *path, myr_error *error) {
  myr_bitmap bitmap;
  myr_status status = myr_bitmap_create(WIDTH, HEIGHT, 3, &bitmap, error);
  if (status) return status;
  for (int y = 0; y < HEIGHT; y++) myr_mark_line(&bitmap, 0, y, WIDTH - 1, y, paper);
  axes axes = axes_of(p);
  draw_band(&bitmap, &axes, p);
  draw_axes(&bitmap, &axes);
  draw_line(&bitmap, &axes, p, p->all, body_line);
  draw_line(&bitmap, &axes, p, p->roots, root_line);
  draw_legend(&bitmap);
  myr_mark_text(&bitmap, LEFT, TOP / 3, title, ink);
  status = myr_png_write(path, &bitmap, error);
  myr_bitmap_free(&bitmap);
  return status;
}
