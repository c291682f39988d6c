/* Turns the findings of model files into diagnostics, which show the lines of these files. */
#include <stdlib.h>
#include <string.h>

#include "scenarios/scenario.h"
#include "sim/regular_file.h"

/* The text of a file, which the caller frees; NULL if it cannot be read or is larger than a message is worth. */
static char *read_text(const char *path, size_t *length) {
  enum { MOST_BYTES = 1 << 26 };
  char *text;
  myr_regular_file_read(path, MOST_BYTES, &text, length, NULL);
  return text;
}

static bool same_text(const char *a, const char *b) { return a && b ? !strcmp(a, b) : a == b; }

/* Entities of one model share its findings. */
static bool is_listed(const myr_diagnostics *diagnostics, const myr_finding *finding, const char *file) {
  for (int i = 0; i < diagnostics->count; i++) {
    const myr_diagnostic *d = &diagnostics->items[i];
    if (d->line == finding->line && d->column == finding->column && same_text(d->file, file) &&
        same_text(d->message, finding->message))
      return true;
  }
  return false;
}

void myr_diagnostics_add_findings(myr_diagnostics *diagnostics, const myr_findings *findings, const char *model) {
  source text = {0};
  for (int i = 0; i < findings->count; i++) {
    const myr_finding *f = &findings->items[i];
    const char *file = f->file ? f->file : model;
    if (is_listed(diagnostics, f, file)) continue;
    if (!text.name || strcmp(text.name, file) != 0) {
      free((char *)text.text);
      text = (source){.name = file};
      text.text = f->line > 0 ? read_text(file, &text.length) : NULL;
    }
    int column = f->column > 0 ? f->column : f->line > 0; /* a place has both or none */
    myr_diagnostic *d = diagnose(diagnostics, (position){&text, f->line, column}, "%s", f->message);
    if (!d) continue;
    d->notice = f->severity != MYR_FAULT;
    d->of_looks = f->severity == MYR_LOOK_NOTICE;
    if (f->remedy) diagnose_hint(d, "%s", f->remedy);
  }
  free((char *)text.text);
  diagnostics->omitted += findings->omitted;
}

/* The entity whose model is that file; NULL: there is none. */
static const entity_section *owner_of(const myr_scenario *scenario, const char *file) {
  for (int i = 0; file && i < scenario->entities.count; i++) {
    const entity_section *section = scenario_entity(scenario, i);
    if (section->model_path && section->model.node && !strcmp(section->model_path, file)) return section;
  }
  return NULL;
}

static void tell_fault(const myr_scenario *scenario, myr_finding *fault, myr_diagnostics *diagnostics) {
  const entity_section *owner = fault->line ? NULL : owner_of(scenario, fault->file);
  if (!owner) {
    myr_findings one = {.items = fault, .count = 1};
    myr_diagnostics_add_findings(diagnostics, &one, scenario->path);
    return;
  }
  myr_diagnostic *d = diagnose(diagnostics, owner->model.node->where, "entity \"%s\": %s: %s", owner->head.name,
                               fault->file, fault->message);
  if (fault->remedy) diagnose_hint(d, "%s", fault->remedy);
}

bool scenario_tell_faults(const myr_scenario *scenario, const myr_findings *findings, myr_diagnostics *diagnostics) {
  bool told = false;
  for (int i = 0; i < findings->count; i++) {
    if (findings->items[i].severity != MYR_FAULT) continue;
    tell_fault(scenario, &findings->items[i], diagnostics);
    told = true;
  }
  return told;
}
