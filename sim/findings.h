/* Collects the findings of model files: faults and notices, each with its place. */
#ifndef MYR_FINDINGS_H
#define MYR_FINDINGS_H

#include "sim/sim.h"

typedef struct finding_place {
  const char *file; /* NULL: none */
  int line, column; /* from 1; 0: the file as a whole */
} finding_place;

/* Adds a finding; remedy may be NULL. findings may be NULL. The texts are copied; one that memory is too little for is
 * counted in omitted. */
void finding_add(myr_findings *findings, enum myr_severity severity, finding_place place, const char *remedy,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* MYR_OK where no finding from number `first` on is a fault; else MYR_INVALID, with the first fault in the message, its
 * place before it, its remedy behind it, and the number of the others. */
myr_status findings_status(const myr_findings *findings, int first, myr_error *error);

/* Sorts the findings from number `first` on by file, line and column. */
void findings_sort(myr_findings *findings, int first);

#endif
