/* The sheets of myriad view, and the films whose frames are sheets. */
#ifndef MYR_TOOLS_VIEW_SHEET_H
#define MYR_TOOLS_VIEW_SHEET_H

#include "view.h"

/* The series and the step that each cell of a sheet shows. */
typedef struct arrangement {
  int *series; /* (count); -1: the cell stays empty */
  int *steps;  /* (count) */
  int count, columns;
} arrangement;

/* Both print a message on failure and return an exit code. All series at one step; */
int arrange_series(const view_source *source, int step, arrangement *cells);
/* or each series in a row of so many moments (0: a few), evenly spread over the episode. */
int arrange_time(const view_source *source, int64_t frames, arrangement *cells);
void free_cells(arrangement *cells);

/* Draws all cells. zoom: as of the options. On failure the sheet is empty. */
myr_status compose_sheet(view_source *source, int64_t zoom, const arrangement *arrangement, myr_bitmap *sheet,
                         myr_error *error);

/* The summary of the file that was written. */
typedef struct written {
  int width, height, pictures, frames; /* pictures: those in one frame */
  double seconds;                      /* the length of the film */
} written;

/* Writes an animated PNG, or a video if the output's name is that of one. A signal to stop leaves no file: MYR_STOPPED. */
myr_status write_film(view_source *source, const view_options *values, arrangement *cells, written *result,
                      myr_error *error);

#endif
