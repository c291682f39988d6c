#include "scenarios/units.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

typedef struct unit_symbol {
  const char *symbol;
  double factor;
  dimension dimension; /* length, mass, time, angle */
} unit_symbol;

/* clang-format off */
static const unit_symbol symbols[] = {
    {"m", 1, {1, 0, 0, 0}},          {"km", 1e3, {1, 0, 0, 0}},       {"cm", 1e-2, {1, 0, 0, 0}},
    {"mm", 1e-3, {1, 0, 0, 0}},      {"um", 1e-6, {1, 0, 0, 0}},      {"kg", 1, {0, 1, 0, 0}},
    {"g", 1e-3, {0, 1, 0, 0}},       {"t", 1e3, {0, 1, 0, 0}},        {"s", 1, {0, 0, 1, 0}},
    {"ms", 1e-3, {0, 0, 1, 0}},      {"us", 1e-6, {0, 0, 1, 0}},      {"min", 60, {0, 0, 1, 0}},
    {"h", 3600, {0, 0, 1, 0}},       {"Hz", 1, {0, 0, -1, 0}},        {"kHz", 1e3, {0, 0, -1, 0}},
    {"rad", 1, {0, 0, 0, 1}},        {"deg", PI / 180, {0, 0, 0, 1}}, {"rpm", 2 * PI / 60, {0, 0, -1, 1}},
    {"N", 1, {1, 1, -2, 0}},         {"kN", 1e3, {1, 1, -2, 0}},      {"J", 1, {2, 1, -2, 0}},
    {"kJ", 1e3, {2, 1, -2, 0}},      {"W", 1, {2, 1, -3, 0}},         {"%", 1e-2, {0, 0, 0, 0}},
};
/* clang-format on */
enum { SYMBOL_COUNT = sizeof symbols / sizeof *symbols };

static const struct {
  dimension dimension;
  const char *name, *unit;
} known_dimensions[] = {
    {{0, 0, 0, 0}, "a number without unit", "1"},
    {{1, 0, 0, 0}, "length", "m"},
    {{0, 1, 0, 0}, "mass", "kg"},
    {{0, 0, 1, 0}, "time", "s"},
    {{0, 0, 0, 1}, "angle", "rad"},
    {{0, 0, -1, 0}, "frequency", "Hz"},
    {{1, 0, -1, 0}, "speed", "m/s"},
    {{0, 0, -1, 1}, "angular speed", "rad/s"},
    {{1, 0, -2, 0}, "acceleration", "m/s^2"},
    {{1, 1, -2, 0}, "force", "N"},
    {{1, 1, -1, 0}, "impulse", "N s"},
    {{2, 1, -2, 0}, "torque or energy", "N m"},
    {{2, 1, -3, 0}, "power", "W"},
    {{2, 1, 0, 0}, "inertia", "kg m^2"},
    {{2, 0, 0, 0}, "area", "m^2"},
};
enum { KNOWN_DIMENSIONS = sizeof known_dimensions / sizeof *known_dimensions };

bool dimension_equal(dimension a, dimension b) {
  return a.length == b.length && a.mass == b.mass && a.time == b.time && a.angle == b.angle;
}

dimension dimension_multiply(dimension a, dimension b, int b_exponent) {
  return (dimension){(signed char)(a.length + b.length * b_exponent), (signed char)(a.mass + b.mass * b_exponent),
                     (signed char)(a.time + b.time * b_exponent), (signed char)(a.angle + b.angle * b_exponent)};
}

const char *dimension_unit(dimension dimension, char *buffer, size_t size) {
  for (int i = 0; i < KNOWN_DIMENSIONS; i++) {
    if (dimension_equal(dimension, known_dimensions[i].dimension)) return known_dimensions[i].unit;
  }
  const char *names[] = {"m", "kg", "s", "rad"};
  int exponents[] = {dimension.length, dimension.mass, dimension.time, dimension.angle};
  size_t used = 0;
  buffer[0] = 0;
  for (int i = 0; i < 4; i++) {
    if (!exponents[i] || used >= size) continue;
    const char *space = used ? " " : "";
    used +=
        (size_t)(exponents[i] == 1 ? snprintf(buffer + used, size - used, "%s%s", space, names[i])
                                   : snprintf(buffer + used, size - used, "%s%s^%d", space, names[i], exponents[i]));
  }
  return buffer;
}

const char *dimension_name(dimension dimension, char *buffer, size_t size) {
  for (int i = 0; i < KNOWN_DIMENSIONS; i++) {
    if (dimension_equal(dimension, known_dimensions[i].dimension)) return known_dimensions[i].name;
  }
  return dimension_unit(dimension, buffer, size);
}

static const unit_symbol *find_symbol(const char *text, size_t length) {
  for (int i = 0; i < SYMBOL_COUNT; i++) {
    if (strlen(symbols[i].symbol) == length && !memcmp(symbols[i].symbol, text, length)) return &symbols[i];
  }
  return NULL;
}

static size_t word_length(const char *text, size_t length) {
  if (length && text[0] == '%') return 1;
  size_t n = 0;
  while (n < length && (isalpha((unsigned char)text[n]) || (unsigned char)text[n] >= 0x80)) n++;
  return n;
}

/* Reads [^][-]digits, at most two digits. */
static size_t exponent_parse(const char *text, size_t length, int *exponent) {
  size_t n = 0;
  bool caret = n < length && text[n] == '^', minus = false;
  n += caret;
  if (caret && n < length && text[n] == '-') minus = ++n;
  size_t digits = n;
  int value = 0;
  while (n < length && isdigit((unsigned char)text[n]) && n - digits < 2) value = value * 10 + (text[n++] - '0');
  if (n == digits || value > 12) return 0;
  *exponent = minus ? -value : value;
  return n;
}

size_t unit_parse(const char *text, size_t length, dimension *dimension, double *factor, long *bad) {
  *dimension = (struct dimension){0};
  *factor = 1;
  if (bad) *bad = -1;
  size_t end = 0;
  for (size_t i = 0;;) {
    /* A separator; the unit before it is complete even if no factor follows. */
    bool divide = false, separator = i == 0;
    while (i < length &&
           (text[i] == ' ' || text[i] == '\t' || ((text[i] == '*' || text[i] == '/') && !divide && end))) {
      if (text[i] == '/') divide = true;
      separator = true;
      i++;
    }
    size_t word = word_length(text + i, length - i);
    if (!word || !separator) return end;
    bool called = i + word < length && (text[i + word] == '(' || text[i + word] == '_' || text[i + word] == '.');
    const unit_symbol *symbol = called ? NULL : find_symbol(text + i, word);
    if (!symbol) {
      if (bad) *bad = (long)i;
      return end;
    }
    i += word;
    int exponent = 1;
    i += exponent_parse(text + i, length - i, &exponent);
    *dimension = dimension_multiply(*dimension, symbol->dimension, divide ? -exponent : exponent);
    for (int k = 0; k < (exponent < 0 ? -exponent : exponent); k++) {
      if (divide != (exponent < 0))
        *factor /= symbol->factor;
      else
        *factor *= symbol->factor;
    }
    end = i;
  }
}

dimension unit_dimension(const char *unit) {
  dimension dimension = {0};
  double factor;
  if (strcmp(unit, "1")) unit_parse(unit, strlen(unit), &dimension, &factor, NULL);
  return dimension;
}

void unit_suggest(const char *unit, myr_diagnostic *diagnostic) {
  /* clang-format off */
  static const char *const words[][2] = {
      {"sec", "s"},    {"second", "s"},  {"seconds", "s"},  {"minute", "min"}, {"minutes", "min"}, {"hour", "h"},
      {"hours", "h"},  {"meter", "m"},   {"meters", "m"},   {"metre", "m"},    {"metres", "m"},    {"degree", "deg"},
      {"degrees", "deg"}, {"°", "deg"},  {"radian", "rad"}, {"radians", "rad"}, {"hertz", "Hz"},   {"newton", "N"},
      {"newtons", "N"}, {"kilogram", "kg"}, {"kilograms", "kg"}, {"kph", "km/h"}, {"kmh", "km/h"},  {"percent", "%"},
      {"Nm", "N m"},   {"Ns", "N s"},    {"mps", "m/s"}};
  /* clang-format on */
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!strcmp(unit, words[i][0])) diagnose_hint(diagnostic, "write `%s`", words[i][1]);
  }
  suggestion suggestion = {.wanted = unit};
  for (int i = 0; i < SYMBOL_COUNT; i++) suggestion_offer(&suggestion, symbols[i].symbol);
  suggestion_hint(&suggestion, diagnostic);
}

static locale_t c_locale;
static void make_c_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

size_t number_parse(const char *text, size_t length, double *value) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_c_locale);
  size_t n = 0, digits = 0;
  if (n < length && (text[n] == '+' || text[n] == '-')) n++;
  for (; n < length && isdigit((unsigned char)text[n]); n++) digits++;
  if (n < length && text[n] == '.') {
    for (n++; n < length && isdigit((unsigned char)text[n]); n++) digits++;
  }
  if (!digits) return 0;
  if (n < length && (text[n] == 'e' || text[n] == 'E')) {
    size_t e = n + 1;
    if (e < length && (text[e] == '+' || text[e] == '-')) e++;
    size_t first = e;
    while (e < length && isdigit((unsigned char)text[e])) e++;
    if (e > first) n = e;
  }
  /* strtod reads exactly the grammar above, except that it also reads hexadecimal, which begins with a zero and an
   * x. */
  if (n == digits && digits == 1 && text[0] == '0' && n < length && (text[n] == 'x' || text[n] == 'X')) {
    *value = 0;
    return n;
  }
  *value = c_locale ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
  return n;
}

const char *number_format(double value, char *buffer, size_t size) {
  if (value == 0) value = 0; /* no -0 */
  if (fabs(value) < 1e15 && floor(value) == value) {
    snprintf(buffer, size, "%.0f", value);
    return buffer;
  }
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(buffer, size, "%.*g", digits, value);
    for (char *c = buffer; *c; c++) {
      if (*c == ',') *c = '.';
    }
    double back;
    if (number_parse(buffer, strlen(buffer), &back) && back == value) break;
  }
  return buffer;
}

static void diagnose_no_number(const node *scalar, dimension expected, myr_diagnostics *diagnostics) {
  char text[64], name[64];
  const char *wanted = dimension_name(expected, name, sizeof name);
  myr_diagnostic *d =
      diagnose(diagnostics, scalar->where, "expected %s, got %s", wanted, node_describe(scalar, text, sizeof text));
  if (scalar->kind == NODE_MAP) diagnose_hint(d, "this key takes one number, not a distribution");
  if (scalar->kind != NODE_SCALAR) return;
  const char *s = scalar->text;
  if (strcasestr(s, "nan") || strcasestr(s, "inf")) diagnose_hint(d, "numbers must be finite");
}

static const char *rest_hint(const char *rest) {
  if (rest[0] == '.') return "a number has one decimal point";
  if (rest[0] == '_') return "write the digits without separators: 1000";
  if (rest[0] == ',') return "the decimal sign is a point: 0.5";
  if (rest[0] == 'x' || rest[0] == 'X') return "numbers are decimal";
  if (rest[0] == ':') return "write a time in seconds: 90 s";
  return NULL;
}

double unit_apply(double value, double factor) {
  double inverse = 1 / factor;
  return factor < 1 && nearbyint(inverse) == inverse ? value / inverse : value * factor;
}

/* Lists the units of a dimension that have a symbol of their own; for others, names the unit of the SI. */
static void hint_units(dimension dimension, myr_diagnostic *diagnostic) {
  char list[120] = "", name[64];
  for (int i = 0; i < SYMBOL_COUNT; i++) {
    if (!dimension_equal(symbols[i].dimension, dimension)) continue;
    size_t used = strlen(list);
    snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", symbols[i].symbol);
  }
  const char *what = dimension_name(dimension, name, sizeof name);
  char unit[64];
  diagnose_hint(diagnostic, "units of %s are: %s", what, list[0] ? list : dimension_unit(dimension, unit, sizeof unit));
}

bool quantity_parse(const node *scalar, dimension expected, double *value, myr_diagnostics *diagnostics) {
  if (scalar->kind != NODE_SCALAR) {
    diagnose_no_number(scalar, expected, diagnostics);
    return false;
  }
  size_t used = number_parse(scalar->text, scalar->length, value);
  if (!used) {
    diagnose_no_number(scalar, expected, diagnostics);
    return false;
  }
  char text[64], expected_name[64], actual_name[64], unit[64];
  if (!isfinite(*value)) {
    diagnose(diagnostics, scalar->where, "%s is too large for a number", node_describe(scalar, text, sizeof text));
    return false;
  }
  const char *rest = scalar->text + used;
  size_t left = scalar->length - used;
  while (left && (*rest == ' ' || *rest == '\t')) rest++, left--;
  if (!left) return true;
  dimension actual;
  double factor;
  long bad;
  size_t unit_length = unit_parse(rest, left, &actual, &factor, &bad);
  if (unit_length != left) {
    size_t at = used + (size_t)(rest - (scalar->text + used)) + (bad >= 0 ? (size_t)bad : unit_length);
    const char *hint = rest_hint(scalar->text + used);
    if (hint) {
      diagnose_hint(
          diagnose(diagnostics, scalar->where, "%s is not a number", node_describe(scalar, text, sizeof text)), "%s",
          hint);
      return false;
    }
    size_t word = word_length(scalar->text + at, scalar->length - at);
    snprintf(unit, sizeof unit, "%.*s", (int)(word ? (word < 40 ? word : 40) : 1), scalar->text + at);
    myr_diagnostic *d = diagnose(diagnostics, node_inside(scalar, at), "unknown unit `%s`", unit);
    unit_suggest(unit, d);
    hint_units(expected, d);
    return false;
  }
  const dimension acceleration = {1, 0, -2, 0};
  if (left == 1 && *rest == 'g' && dimension_equal(expected, acceleration)) {
    actual = acceleration;
    factor = 9.80665;
  }
  if (!dimension_equal(actual, expected)) {
    char si[64];
    const char *wanted = dimension_name(expected, expected_name, sizeof expected_name);
    myr_diagnostic *d = diagnose(diagnostics, node_inside(scalar, (size_t)(rest - scalar->text)), "expected %s, got %s",
                                 wanted, dimension_name(actual, actual_name, sizeof actual_name));
    const char *si_unit = dimension_unit(expected, si, sizeof si);
    if (strcmp(si_unit, "1")) diagnose_hint(d, "its SI unit is %s", si_unit);
    return false;
  }
  *value = unit_apply(*value, factor);
  if (!isfinite(*value)) {
    diagnose(diagnostics, scalar->where, "%s is too large for a number", node_describe(scalar, text, sizeof text));
    return false;
  }
  return true;
}
