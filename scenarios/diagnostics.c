/* Errors with a place: collecting, sorting, printing. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/plain_text.h"
#include "scenarios/document.h"
#include "sim/grow.h"

enum {
  DIAGNOSTICS_LIMIT = 100,
  EXCERPT_WIDTH = 100, /* characters of a source line that are shown */
  EXCERPT_BEFORE = 60, /* shown before the column, when the line is longer */
};

static bool continues_character(char byte) { return ((unsigned char)byte & 0xc0) == 0x80; }

/* The first byte of a line and its length without the line break. */
static const char *find_line(const source *source, int line, size_t *length) {
  const char *start = source->text, *end = source->text + source->length;
  for (int i = 1; i < line; i++) {
    const char *line_break = memchr(start, '\n', (size_t)(end - start));
    if (!line_break) return NULL;
    start = line_break + 1;
  }
  const char *line_break = memchr(start, '\n', (size_t)(end - start));
  *length = (size_t)((line_break ? line_break : end) - start);
  if (*length && start[*length - 1] == '\r') --*length;
  return start;
}

/* The part of the line around the column, at most EXCERPT_WIDTH characters, with blanks for control characters. */
static char *excerpt(position where, int *caret) {
  size_t length;
  const char *line = where.source->text ? find_line(where.source, where.line, &length) : NULL;
  if (!line) return NULL;
  int characters = 0;
  for (size_t i = 0; i < length && characters <= where.column + EXCERPT_WIDTH; i++) {
    characters += !continues_character(line[i]);
  }
  int first = characters > EXCERPT_WIDTH && where.column > EXCERPT_BEFORE ? where.column - EXCERPT_BEFORE : 1;
  const char *end = line + length;
  for (int i = 1; i < first && line < end; i++) {
    do line++;
    while (line < end && continues_character(*line));
  }
  const char *stop = line;
  for (int i = 0; i < EXCERPT_WIDTH && stop < end; i++) {
    do stop++;
    while (stop < end && continues_character(*stop));
  }
  char *text = strndup(line, (size_t)(stop - line));
  if (text) {
    for (char *c = text; *c; c++) {
      if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' ';
    }
  }
  *caret = where.column - first + 1;
  return text;
}

static myr_diagnostic *add_diagnostic(myr_diagnostics *diagnostics, position where, const char *format,
                                      va_list arguments) {
  if (diagnostics->count >= DIAGNOSTICS_LIMIT) {
    diagnostics->omitted++;
    return NULL;
  }
  myr_diagnostic *items = myr_grow(diagnostics->items, diagnostics->count, &diagnostics->capacity, sizeof *items);
  if (!items) {
    diagnostics->omitted++;
    return NULL;
  }
  diagnostics->items = items;
  char *message = NULL;
  if (vasprintf(&message, format, arguments) < 0) message = NULL;
  if (message) myr_plain_text(message);
  myr_diagnostic *diagnostic = &diagnostics->items[diagnostics->count++];
  *diagnostic = (myr_diagnostic){.file = strdup(where.source ? where.source->name : ""),
                                 .line = where.line,
                                 .column = where.column,
                                 .message = message};
  if (where.source && where.line > 0) diagnostic->source = excerpt(where, &diagnostic->caret);
  return diagnostic;
}

myr_diagnostic *diagnose(myr_diagnostics *diagnostics, position where, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  myr_diagnostic *diagnostic = add_diagnostic(diagnostics, where, format, arguments);
  va_end(arguments);
  return diagnostic;
}

myr_diagnostic *diagnose_warning(myr_diagnostics *diagnostics, position where, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  myr_diagnostic *diagnostic = add_diagnostic(diagnostics, where, format, arguments);
  va_end(arguments);
  if (diagnostic) diagnostic->warning = true;
  return diagnostic;
}

myr_diagnostic *diagnose_notice(myr_diagnostics *diagnostics, position where, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  myr_diagnostic *diagnostic = add_diagnostic(diagnostics, where, format, arguments);
  va_end(arguments);
  if (diagnostic) diagnostic->notice = true;
  return diagnostic;
}

int diagnostics_errors(const myr_diagnostics *diagnostics) {
  int errors = 0;
  for (int i = 0; i < diagnostics->count; i++)
    errors += !diagnostics->items[i].warning && !diagnostics->items[i].notice;
  return errors;
}

void diagnose_hint(myr_diagnostic *diagnostic, const char *format, ...) {
  if (!diagnostic || diagnostic->hint) return;
  va_list arguments;
  va_start(arguments, format);
  char *hint = NULL;
  if (vasprintf(&hint, format, arguments) < 0) hint = NULL;
  va_end(arguments);
  diagnostic->hint = hint;
}

static int compare(const myr_diagnostic *a, const myr_diagnostic *b) {
  /* A scenario's file comes before its overrides, which are all called "--set". */
  bool a_override = a->file && a->file[0] == '-', b_override = b->file && b->file[0] == '-';
  if (a_override != b_override) return a_override - b_override;
  int by_file = strcmp(a->file ? a->file : "", b->file ? b->file : "");
  if (by_file) return by_file;
  if (a->line != b->line) return a->line < b->line ? -1 : 1;
  return (a->column > b->column) - (a->column < b->column);
}

/* Sorts by insertion, which keeps the order of errors at one place; there are at most DIAGNOSTICS_LIMIT. */
void diagnostics_sort(myr_diagnostics *diagnostics) {
  for (int i = 1; i < diagnostics->count; i++) {
    myr_diagnostic moved = diagnostics->items[i];
    int j = i;
    for (; j > 0 && compare(&moved, &diagnostics->items[j - 1]) < 0; j--)
      diagnostics->items[j] = diagnostics->items[j - 1];
    diagnostics->items[j] = moved;
  }
}

static const char *severity_of(const myr_diagnostic *diagnostic) {
  return diagnostic->notice ? "notice" : diagnostic->warning ? "warning" : "error";
}

void myr_diagnostics_print(const myr_diagnostics *diagnostics, FILE *stream) {
  for (int i = 0; i < diagnostics->count; i++) {
    const myr_diagnostic *d = &diagnostics->items[i];
    const char *message = d->message ? d->message : "out of memory", *severity = severity_of(d);
    if (d->line > 0)
      fprintf(stream, "%s:%d:%d: %s: %s\n", d->file, d->line, d->column, severity, message);
    else
      fprintf(stream, "%s: %s: %s\n", d->file && d->file[0] ? d->file : "scenario", severity, message);
    if (d->source && d->source[0]) fprintf(stream, "  %s\n  %*s\n", d->source, d->caret > 0 ? d->caret : 1, "^");
    if (d->hint) fprintf(stream, "  hint: %s\n", d->hint);
  }
  if (diagnostics->omitted) fprintf(stream, "and %d more errors\n", diagnostics->omitted);
}

static void print_json_text(const char *text, FILE *stream) {
  if (!text) {
    fputs("null", stream);
    return;
  }
  fputc('"', stream);
  for (const char *c = text; *c; c++) {
    if (*c == '"' || *c == '\\')
      fprintf(stream, "\\%c", *c);
    else if ((unsigned char)*c < 0x20)
      fprintf(stream, "\\u%04x", *c);
    else
      fputc(*c, stream);
  }
  fputc('"', stream);
}

void myr_diagnostics_print_json(const myr_diagnostics *diagnostics, FILE *stream) {
  for (int i = 0; i < diagnostics->count; i++) {
    const myr_diagnostic *d = &diagnostics->items[i];
    fputs("{\"file\": ", stream);
    print_json_text(d->file, stream);
    fprintf(stream, ", \"line\": %d, \"column\": %d, \"severity\": \"%s\", \"message\": ", d->line, d->column,
            severity_of(d));
    print_json_text(d->message ? d->message : "out of memory", stream);
    fputs(", \"hint\": ", stream);
    print_json_text(d->hint, stream);
    fputs(", \"source\": ", stream);
    print_json_text(d->source, stream);
    fputs("}\n", stream);
  }
}

void myr_diagnostics_free(myr_diagnostics *diagnostics) {
  for (int i = 0; i < diagnostics->count; i++) {
    myr_diagnostic *d = &diagnostics->items[i];
    free((char *)d->file);
    free((char *)d->message);
    free((char *)d->hint);
    free((char *)d->source);
  }
  free(diagnostics->items);
  *diagnostics = (myr_diagnostics){0};
}
