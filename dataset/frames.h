/* From a picture in memory to a row of an episode's file: made canonical, digested, compressed. One compressor for each
 * thread; what it makes depends on the picture and on libdeflate's version only. */
#ifndef MYR_DATASET_FRAMES_H
#define MYR_DATASET_FRAMES_H

#include "dataset/episode.h"

/* Whether rows of that type are shuffled before they are deflated. Measured on rendered depths: a quarter smaller, and
 * a third faster. Ids have a way of their own, and bytes cannot be shuffled. */
static inline bool frames_are_shuffled(myr_array_type type) { return type == MYR_ARRAY_F32 || type == MYR_ARRAY_U16; }

typedef struct frame_compressor frame_compressor;
frame_compressor *frame_compressor_create(size_t largest_row); /* in bytes; NULL: too little memory */
void frame_compressor_destroy(frame_compressor *compressor);   /* NULL is fine */

/* Appends `rows` equal rows to array number `array`, which must be one of frames. All of them show one frame, which is
 * stored once. The row's numbers are made canonical and finite first. False: too little memory. */
bool frame_append(frame_compressor *compressor, const episode_schema *schema, frame_store *store, int array, void *row,
                  int64_t rows);
/* Appends to array number `array` a row that shows the latest frame of array number `of`. False: too little memory. */
bool frame_repeat(frame_store *store, int array, int of);
/* Fills array number `shifted` with the rows of number `array` from the second on, and the row of number `final`. Nothing
 * is stored, because all of them show frames that are. False: too little memory. */
bool frame_shift(frame_store *store, int array, int final, int shifted);

#endif
