/* Contact sheets: captioned pictures of any sizes, side by side. */
#include <stdlib.h>
#include <string.h>

#include "render/font.h"
#include "render/picture.h"

enum {
  MARGIN = 8,      /* px between cells and around them */
  CAPTION_GAP = 4, /* px between a picture and its caption */
  NARROWEST = 132, /* px: 22 letters of a caption fit into every column */
};
static const uint8_t paper[3] = {28, 30, 35}, ink[3] = {214, 217, 222}, title_ink[3] = {255, 255, 255};

/* ---------------------------------------------------------------------------------------------------- text */

/* One line of text: bytes [start, start + length), and the beginning of the next. */
typedef struct text_line {
  const char *start;
  int length;
  const char *next; /* NULL: it was the last */
} text_line;

/* Whether the byte continues a UTF-8 character; such a byte takes no room. */
static bool is_continuation(char byte) { return (byte & 0xC0) == 0x80; }

/* The longest line from start that fits, broken at the last space when there is more; a word that is longer than a line
 * is cut. */
static text_line next_line(const char *start, int letters) {
  int length = 0, shown = 0, space = -1;
  for (; start[length] && start[length] != '\n'; length++) {
    if (is_continuation(start[length])) continue;
    if (start[length] == ' ') space = length;
    if (shown == letters) {
      if (space > 0) return (text_line){start, space, start + space + 1};
      return (text_line){start, length, start + length};
    }
    shown++;
  }
  return (text_line){start, length, start[length] ? start + length + 1 : NULL};
}

static int line_count(const char *text, int letters) {
  int count = 0;
  for (const char *at = text; at; at = next_line(at, letters).next) count++;
  return count;
}

static void fill(myr_bitmap *sheet, int x, int y, int width, int height, const uint8_t rgb[3]) {
  for (int j = 0; j < height; j++)
    for (int i = 0; i < width; i++)
      memcpy(sheet->pixels + ((size_t)(y + j) * (size_t)sheet->width + (size_t)(x + i)) * 3, rgb, 3);
}

static void draw_letter(myr_bitmap *sheet, int x, int y, char letter, const uint8_t rgb[3]) {
  if (letter < FONT_FIRST || letter > FONT_LAST) letter = '?';
  for (int j = 0; j < FONT_HEIGHT; j++)
    for (int i = 0; i < FONT_WIDTH; i++)
      if (font_letters[letter - FONT_FIRST][j] >> (FONT_WIDTH - 1 - i) & 1) fill(sheet, x + i, y + j, 1, 1, rgb);
}

static void draw_text(myr_bitmap *sheet, int x, int y, const char *text, int letters, const uint8_t rgb[3]) {
  for (const char *at = text; at; y += FONT_LINE) {
    text_line line = next_line(at, letters);
    for (int i = 0, column = 0; i < line.length; i++) {
      if (is_continuation(line.start[i])) continue;
      draw_letter(sheet, x + column++ * FONT_ADVANCE, y, line.start[i], rgb);
    }
    at = line.next;
  }
}

/* ---------------------------------------------------------------------------------------------------- layout */

typedef struct layout {
  int columns, rows;
  int64_t *column_width, *picture_height, *caption_height; /* px; the latter two of rows */
  int64_t width, height, top;
} layout;

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static int letters_of(int64_t width) { return (int)((width + FONT_ADVANCE - FONT_WIDTH) / FONT_ADVANCE); }

static void measure_cells(layout *layout, const myr_sheet_cell *cells, int count) {
  for (int c = 0; c < layout->columns; c++) layout->column_width[c] = NARROWEST;
  for (int i = 0; i < count; i++) {
    if (!cells[i].picture) continue;
    int64_t *width = &layout->column_width[i % layout->columns], *height = &layout->picture_height[i / layout->columns];
    *width = larger(*width, (int64_t)cells[i].picture->width * cells[i].enlarge_x);
    *height = larger(*height, (int64_t)cells[i].picture->height * cells[i].enlarge_y);
  }
  for (int i = 0; i < count; i++) {
    if (!cells[i].caption) continue;
    int64_t *height = &layout->caption_height[i / layout->columns];
    int lines = line_count(cells[i].caption, letters_of(layout->column_width[i % layout->columns]));
    *height = larger(*height, CAPTION_GAP + (int64_t)lines * FONT_LINE);
  }
}

static void measure(layout *layout, const myr_sheet_cell *cells, int count, const char *title) {
  measure_cells(layout, cells, count);
  layout->width = MARGIN;
  for (int c = 0; c < layout->columns; c++) layout->width += layout->column_width[c] + MARGIN;
  layout->top = MARGIN;
  if (title)
    layout->top += CAPTION_GAP + (int64_t)line_count(title, letters_of(layout->width - 2 * MARGIN)) * FONT_LINE;
  layout->height = layout->top;
  for (int r = 0; r < layout->rows; r++)
    layout->height += layout->picture_height[r] + layout->caption_height[r] + MARGIN;
}

/* ---------------------------------------------------------------------------------------------------- drawing */

static void draw_picture(myr_bitmap *sheet, int x, int y, const myr_sheet_cell *cell) {
  const myr_bitmap *picture = cell->picture;
  for (int j = 0; j < picture->height * cell->enlarge_y; j++) {
    const uint8_t *from = picture->pixels + (size_t)(j / cell->enlarge_y) * (size_t)picture->width * 3;
    uint8_t *to = sheet->pixels + ((size_t)(y + j) * (size_t)sheet->width + (size_t)x) * 3;
    for (int i = 0; i < picture->width; i++, from += 3)
      for (int k = 0; k < cell->enlarge_x; k++, to += 3) memcpy(to, from, 3);
  }
}

static void draw_sheet(const layout *layout, const myr_sheet_cell *cells, int count, const char *title,
                       myr_bitmap *sheet) {
  fill(sheet, 0, 0, sheet->width, sheet->height, paper);
  if (title) draw_text(sheet, MARGIN, MARGIN, title, letters_of(sheet->width - 2 * MARGIN), title_ink);
  int y = (int)layout->top;
  for (int r = 0; r < layout->rows; r++) {
    int x = MARGIN;
    for (int c = 0; c < layout->columns && r * layout->columns + c < count; c++) {
      const myr_sheet_cell *cell = &cells[r * layout->columns + c];
      if (cell->picture) draw_picture(sheet, x, y, cell);
      if (cell->caption)
        draw_text(sheet, x, y + (int)layout->picture_height[r] + CAPTION_GAP, cell->caption,
                  letters_of(layout->column_width[c]), ink);
      x += (int)layout->column_width[c] + MARGIN;
    }
    y += (int)(layout->picture_height[r] + layout->caption_height[r]) + MARGIN;
  }
}

static myr_status check_cells(const myr_sheet_cell *cells, int count, int columns, myr_error *error) {
  if (count < 1 || columns < 1 || columns > MYR_PICTURE_SIDE || count > MYR_PICTURE_SIDE)
    return myr_fail(error, MYR_INVALID, "a sheet of %d cells in %d columns", count, columns);
  for (int i = 0; i < count; i++) {
    const myr_bitmap *picture = cells[i].picture;
    if (picture && (picture->channels != 3 || cells[i].enlarge_x < 1 || cells[i].enlarge_y < 1))
      return myr_fail(error, MYR_INVALID, "cell %d of the sheet is not RGB, or enlarged by less than 1", i);
  }
  return MYR_OK;
}

/* Measures the sheet. free(layout->column_width) frees all of the layout's arrays, also after a failure. */
static myr_status lay_out(const myr_sheet_cell *cells, int count, int columns, const char *title, layout *layout,
                          myr_error *error) {
  *layout = (struct layout){0};
  myr_status status = check_cells(cells, count, columns, error);
  if (status) return status;
  layout->columns = columns < count ? columns : count;
  layout->rows = (count + layout->columns - 1) / layout->columns;
  layout->column_width = calloc((size_t)(layout->columns + 2 * layout->rows), sizeof *layout->column_width);
  if (!layout->column_width) return myr_fail(error, MYR_ERROR, "too little memory for a sheet of %d cells", count);
  layout->picture_height = layout->column_width + layout->columns;
  layout->caption_height = layout->picture_height + layout->rows;
  measure(layout, cells, count, title);
  if (layout->width <= MYR_PICTURE_SIDE && layout->height <= MYR_PICTURE_SIDE &&
      layout->width * layout->height * 3 <= MYR_PICTURE_BYTES)
    return MYR_OK;
  return myr_fail(error, MYR_INVALID, "the sheet would have %lld x %lld pixels: show fewer or smaller pictures",
                  (long long)layout->width, (long long)layout->height);
}

myr_status myr_sheet_measure(const myr_sheet_cell *cells, int count, int columns, const char *title, int *width,
                             int *height, myr_error *error) {
  layout layout;
  myr_status status = lay_out(cells, count, columns, title, &layout, error);
  *width = status ? 0 : (int)layout.width;
  *height = status ? 0 : (int)layout.height;
  free(layout.column_width);
  return status;
}

myr_status myr_sheet_compose(const myr_sheet_cell *cells, int count, int columns, const char *title, myr_bitmap *sheet,
                             myr_error *error) {
  layout layout;
  *sheet = (myr_bitmap){0};
  myr_status status = lay_out(cells, count, columns, title, &layout, error);
  if (!status) status = myr_bitmap_create((int)layout.width, (int)layout.height, 3, sheet, error);
  if (!status) draw_sheet(&layout, cells, count, title, sheet);
  free(layout.column_width);
  return status;
}
