#include "sim/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernels/plain_text.h"
#include "sim/grow.h"

/* A model with more of them is no model; the rest is counted. */
enum { MOST_FINDINGS = 1000 };

void finding_add(myr_findings *findings, enum myr_severity severity, finding_place place, const char *remedy,
                 const char *format, ...) {
  if (!findings) return;
  va_list arguments;
  va_start(arguments, format);
  char *message = NULL;
  if (vasprintf(&message, format, arguments) < 0) message = NULL;
  va_end(arguments);
  if (message) myr_plain_text(message);
  bool room = findings->count < MOST_FINDINGS && message;
  myr_finding *items = room ? myr_grow(findings->items, findings->count, &findings->capacity, sizeof *items) : NULL;
  if (!items) {
    free(message);
    findings->omitted++;
    return;
  }
  findings->items = items;
  items[findings->count++] = (myr_finding){.severity = severity,
                                           .file = place.file ? strdup(place.file) : NULL,
                                           .line = place.line,
                                           .column = place.column,
                                           .message = message,
                                           .remedy = remedy ? strdup(remedy) : NULL};
}

static void write_fault(const myr_finding *fault, int others, myr_error *error) {
  char place[400] = "", more[80] = "";
  if (fault->file && fault->line)
    snprintf(place, sizeof place, "%.360s:%d: ", fault->file, fault->line);
  else if (fault->file)
    snprintf(place, sizeof place, "%.360s: ", fault->file);
  if (others) snprintf(more, sizeof more, " (and %d more: `myriad check` lists all)", others);
  myr_fail(error, MYR_INVALID, "%s%.400s%s%.200s%s", place, fault->message, fault->remedy ? ": " : "",
           fault->remedy ? fault->remedy : "", more);
}

myr_status findings_status(const myr_findings *findings, int first, myr_error *error) {
  const myr_finding *fault = NULL;
  int faults = 0;
  for (int i = first; i < findings->count; i++) {
    if (findings->items[i].severity != MYR_FAULT) continue;
    if (!faults++) fault = &findings->items[i];
  }
  if (fault) write_fault(fault, faults - 1, error);
  return fault ? MYR_INVALID : MYR_OK;
}

static bool before(const myr_finding *a, const myr_finding *b) {
  int by_file = strcmp(a->file ? a->file : "", b->file ? b->file : "");
  if (by_file) return by_file < 0;
  return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* By insertion, which keeps the order of those at one place; there are few. */
void findings_sort(myr_findings *findings, int first) {
  for (int i = first + 1; i < findings->count; i++) {
    myr_finding moved = findings->items[i];
    int j = i;
    for (; j > first && before(&moved, &findings->items[j - 1]); j--) findings->items[j] = findings->items[j - 1];
    findings->items[j] = moved;
  }
}

void myr_findings_free(myr_findings *findings) {
  for (int i = 0; i < findings->count; i++) {
    free(findings->items[i].file);
    free(findings->items[i].message);
    free(findings->items[i].remedy);
  }
  free(findings->items);
  *findings = (myr_findings){0};
}
