/* Numbers with units. Everything inside is SI: metres, kilograms, seconds, radians; a bare number is SI already.
 *
 *   unit   = factor { (" " | "*" | "/") factor }     "m/s^2", "N s", "kg*m^2"; a slash divides by one factor only
 *   factor = symbol [ "^" ] [ integer ]              "s^2", "s2", "s^-1"
 *
 * The angle is a dimension of its own here, so that hertz and radians per second are not confused. `g` is the gram, but
 * where an acceleration is expected `1.2 g` means 1.2 times standard gravity. */
#ifndef MYR_SCENARIOS_UNITS_H
#define MYR_SCENARIOS_UNITS_H

#include "scenarios/document.h"

typedef struct dimension {
  signed char length, mass, time, angle; /* exponents */
} dimension;

bool dimension_equal(dimension a, dimension b);
dimension dimension_multiply(dimension a, dimension b, int b_exponent);
/* Writes "length", "acceleration", "a number without unit", or the exponents in SI into buffer, and returns buffer. */
const char *dimension_name(dimension dimension, char *buffer, size_t size);
/* Writes "m/s^2", "1" into buffer, and returns buffer. */
const char *dimension_unit(dimension dimension, char *buffer, size_t size);

/* Reads the longest unit at the start of text and returns the bytes read, 0 when there is none. In an expression a unit
 * ends before a word that is not a unit. *bad, if not NULL, is set to the offset of an unknown symbol, or -1. */
size_t unit_parse(const char *text, size_t length, dimension *dimension, double *factor, long *bad);
/* value times factor, rounded once: 20 ms is 20 / 1000, and not 20 times an already rounded 1e-3. */
double unit_apply(double value, double factor);
/* The dimension of a unit from our own tables, whose units are always valid. "" and "1" are numbers. */
dimension unit_dimension(const char *unit);
/* Adds the remedy to an error about an unknown unit. */
void unit_suggest(const char *unit, myr_diagnostic *diagnostic);

/* Reads the longest decimal number at the start of text and returns the bytes read, 0 when there is none. No
 * infinities, no NaN, no hexadecimal, no separators. *value is infinite when the number is too large. */
size_t number_parse(const char *text, size_t length, double *value);
/* Writes the shortest decimal text that reads back as the same number into buffer, of at least 32 bytes, and returns
 * buffer. */
const char *number_format(double value, char *buffer, size_t size);

/* Reads a whole scalar as a number of the expected dimension, in SI. Diagnoses and returns false otherwise. */
bool quantity_parse(const node *scalar, dimension expected, double *value, myr_diagnostics *diagnostics);

#endif
