/* Names and units of the entries of an array's last dimension. Part of record.h. */
#ifndef MYR_DATASET_COLUMNS_H
#define MYR_DATASET_COLUMNS_H

#include "dataset/rows.h"

/* Writes the names of a row's columns as a JSON list, or nothing if they have none. malloc'd; NULL: too little memory. */
char *row_column_names(const recorded_row *row, const myr_model *model);
/* The same of names with ", " between them. */
char *column_names(const char *names);

/* The unit of a row's numbers, or a list with one for each column and ", " between them. malloc'd; NULL: too little
 * memory. */
char *row_column_units(const recorded_row *row, const myr_model *model);
/* Writes such a list as JSON: a string if all units are equal, else a list of strings. */
void put_column_units(FILE *stream, const char *units);

/* The unit of an actuator's control, and of its length: "rad", "m" or "1". */
const char *control_unit(const myr_model *model, int actuator);
const char *actuator_length_unit(const myr_model *model, int actuator);

/* Writes a name as JSON, or kind_number for a nameless element; suffix such as ".x" for one of several columns. */
void put_element_name(FILE *stream, const char *name, const char *kind, int number, const char *suffix);

#endif
