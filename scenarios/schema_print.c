/* Prints the table as JSON Schema for editors, and as a page of Markdown for people. */
#include <math.h>
#include <string.h>

#include "scenarios/expression.h"
#include "scenarios/scenario.h"

static void print_text(const char *text, FILE *stream) {
  fputc('"', stream);
  for (const char *c = text; *c; c++) {
    if (*c == '"' || *c == '\\') fputc('\\', stream);
    fputc(*c, stream);
  }
  fputc('"', stream);
}

/* ------------------------------------------------------------------------------------------------ JSON Schema */

static void print_object(const schema_object *object, int indent, FILE *stream);

#define NUMBER_PATTERN "^[+-]?([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([eE][+-]?[0-9]+)?( *[A-Za-z%%][A-Za-z0-9%%^*/ -]*)?$"

/* Forms of values that many keys share. */
static void print_definitions(FILE *stream) {
  fputs("  \"definitions\": {\n"
        "    \"number\": {\"anyOf\": [{\"type\": \"number\"}, {\"type\": \"string\", \"pattern\": \"",
        stream);
  fprintf(stream, NUMBER_PATTERN);
  fputs("\"}]},\n"
        "    \"pair\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/number\"}, \"minItems\": 2, "
        "\"maxItems\": 2},\n"
        "    \"numbers\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/number\"}, \"minItems\": 1},\n"
        "    \"distribution\": {\"type\": \"object\", \"anyOf\": [\n",
        stream);
  for (int kind = 1; kind < DISTRIBUTION_KINDS; kind++) {
    bool choice = kind == DISTRIBUTION_CHOICE, normal = kind == DISTRIBUTION_NORMAL;
    fprintf(stream,
            "      {\"properties\": {\"%s\": {\"$ref\": \"#/definitions/%s\"}%s}, \"required\": [\"%s\"], "
            "\"additionalProperties\": false}%s\n",
            distribution_names[kind], choice ? "numbers" : "pair",
            choice   ? ", \"weights\": {\"$ref\": \"#/definitions/numbers\"}"
            : normal ? ", \"limits\": {\"$ref\": \"#/definitions/pair\"}"
                     : "",
            distribution_names[kind], kind + 1 < DISTRIBUTION_KINDS ? "," : "");
  }
  fputs("    ]},\n"
        "    \"quantity\": {\"anyOf\": [{\"$ref\": \"#/definitions/number\"}, {\"$ref\": "
        "\"#/definitions/distribution\"}]},\n"
        "    \"fixed_vector\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/number\"}, \"minItems\": 3, "
        "\"maxItems\": 3},\n"
        "    \"vector\": {\"anyOf\": [{\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/quantity\"}, "
        "\"minItems\": 3, "
        "\"maxItems\": 3},\n"
        "      {\"type\": \"object\", \"properties\": {\"sphere\": {\"$ref\": \"#/definitions/quantity\"}}, "
        "\"required\": "
        "[\"sphere\"], \"additionalProperties\": false}]},\n"
        "    \"cone\": {\"type\": \"object\", \"properties\": {\"cone\": {\"$ref\": \"#/definitions/quantity\"}}, "
        "\"required\": "
        "[\"cone\"], \"additionalProperties\": false},\n"
        "    \"fixed_color\": {\"anyOf\": [{\"type\": \"string\", \"pattern\": \"^#[0-9a-fA-F]{6}$\"}, "
        "{\"$ref\": \"#/definitions/fixed_vector\"}]},\n"
        "    \"color\": {\"anyOf\": [{\"$ref\": \"#/definitions/fixed_color\"}, {\"type\": \"array\", \"items\": "
        "{\"$ref\": "
        "\"#/definitions/quantity\"}, \"minItems\": 3, \"maxItems\": 3},\n"
        "      {\"type\": \"object\", \"properties\": {\"uniform\": {\"type\": \"array\", \"items\": {\"$ref\": "
        "\"#/definitions/fixed_color\"}, \"minItems\": 2, \"maxItems\": 2}}, \"required\": [\"uniform\"], "
        "\"additionalProperties\": false},\n"
        "      {\"type\": \"object\", \"properties\": {\"choice\": {\"type\": \"array\", \"items\": {\"$ref\": "
        "\"#/definitions/fixed_color\"}, \"minItems\": 1}, \"weights\": {\"$ref\": \"#/definitions/numbers\"}}, "
        "\"required\": [\"choice\"], \"additionalProperties\": false}]},\n"
        "    \"name\": {\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"object\", \"properties\": {\"choice\": "
        "{\"type\": "
        "\"array\", \"items\": {\"type\": \"string\"}, \"minItems\": 1}, \"weights\": {\"$ref\": "
        "\"#/definitions/numbers\"}}, \"required\": [\"choice\"], \"additionalProperties\": false}]},\n"
        "    \"expression\": {\"type\": [\"string\", \"number\", \"boolean\"]}\n"
        "  }\n",
        stream);
}

static void print_choices(const schema_key *key, FILE *stream) {
  fputs("\"enum\": [", stream);
  for (int i = 0; key->choices[i]; i++) fprintf(stream, "%s\"%s\"", i ? ", " : "", key->choices[i]);
  fputc(']', stream);
}

static const char *shape_of(const schema_key *key) {
  bool constant = key->flags & SCHEMA_CONSTANT;
  switch (key->type) {
  case SCHEMA_QUANTITY: return constant ? "number" : "quantity";
  case SCHEMA_VECTOR: return constant ? "fixed_vector" : "vector";
  case SCHEMA_CONE: return "cone";
  case SCHEMA_COLOR: return "color";
  case SCHEMA_NAME: return "name";
  default: return "expression";
  }
}

static void print_type(const schema_key *key, int indent, FILE *stream) {
  switch (key->type) {
  case SCHEMA_TEXT: fputs("\"type\": \"string\"", stream); return;
  case SCHEMA_WORD: fputs("\"type\": \"string\", \"pattern\": \"^[A-Za-z_][A-Za-z0-9_-]*$\"", stream); return;
  case SCHEMA_WORDS: fputs("\"type\": \"array\", \"items\": {\"type\": \"string\"}", stream); return;
  case SCHEMA_FLAGS:
    fputs("\"type\": \"array\", \"items\": {", stream);
    print_choices(key, stream);
    fputc('}', stream);
    return;
  case SCHEMA_CHOICE: print_choices(key, stream); return;
  case SCHEMA_BOOLEAN: fputs("\"type\": \"boolean\"", stream); return;
  case SCHEMA_NUMBERS:
    fprintf(stream,
            "\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/%s\"}, \"minItems\": %d, \"maxItems\": %d",
            key->flags & SCHEMA_CONSTANT ? "number" : "quantity", key->least, key->most);
    return;
  case SCHEMA_INTEGER:
    fprintf(stream, "\"type\": \"integer\", \"minimum\": %.0f, \"maximum\": %.0f", key->low, key->high);
    return;
  case SCHEMA_LATE:
    fputs("\"anyOf\": [{\"$ref\": \"#/definitions/quantity\"}, {\"$ref\": \"#/definitions/vector\"}, "
          "{\"$ref\": \"#/definitions/color\"}, {\"$ref\": \"#/definitions/name\"}]",
          stream);
    return;
  case SCHEMA_OBJECT:
    fputc('\n', stream);
    print_object(key->object, indent + 2, stream);
    return;
  case SCHEMA_MAP:
    fputs("\"type\": \"object\", \"additionalProperties\": {\n", stream);
    print_object(key->object, indent + 2, stream);
    fputc('}', stream);
    return;
  default: fprintf(stream, "\"$ref\": \"#/definitions/%s\"", shape_of(key)); return;
  }
}

static void print_description(const schema_key *key, FILE *stream) {
  char text[600];
  size_t used = (size_t)snprintf(text, sizeof text, "%s", key->doc);
  bool has_unit = key->unit && (key->type == SCHEMA_QUANTITY || key->type == SCHEMA_VECTOR ||
                                key->type == SCHEMA_CONE || key->type == SCHEMA_NUMBERS);
  if (has_unit && strcmp(key->unit, "1"))
    used += (size_t)snprintf(text + used, sizeof text - used, " Bare numbers are %s.", key->unit);
  if (key->default_text) snprintf(text + used, sizeof text - used, " Default: %s.", key->default_text);
  fputs("\"description\": ", stream);
  print_text(text, stream);
}

/* Prints the members of an object's schema, without braces. It uses allOf, because draft-07 ignores other members
 * beside a $ref. */
static void print_object(const schema_object *object, int indent, FILE *stream) {
  fprintf(stream, "%*s\"type\": \"object\",\n%*s\"additionalProperties\": false,\n%*s\"properties\": {\n", indent, "",
          indent, "", indent, "");
  bool first = true, required = false;
  for (const schema_key *key = object->keys; key->name; key++) {
    if (key->type == SCHEMA_UNSUPPORTED) continue;
    fprintf(stream, "%s%*s\"%s\": {", first ? "" : ",\n", indent + 2, "", key->name);
    print_description(key, stream);
    bool nested = key->type == SCHEMA_OBJECT;
    fputs(nested ? ", " : ", \"allOf\": [{", stream);
    print_type(key, indent + 2, stream);
    fputs(nested ? "}" : "}]}", stream);
    first = false;
    required |= key->flags & SCHEMA_REQUIRED;
  }
  fprintf(stream, "\n%*s}", indent, "");
  if (required) {
    const char *separator = "";
    fprintf(stream, ",\n%*s\"required\": [", indent, "");
    for (const schema_key *key = object->keys; key->name; key++) {
      if (!(key->flags & SCHEMA_REQUIRED)) continue;
      fprintf(stream, "%s\"%s\"", separator, key->name);
      separator = ", ";
    }
    fputc(']', stream);
  }
  fputc('\n', stream);
}

void myr_schema_print(FILE *stream) {
  fputs("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": ", stream);
  print_text(schema_scenario.doc, stream);
  fputs(",\n", stream);
  print_definitions(stream);
  fputs("  ,\n", stream);
  print_object(&schema_scenario, 2, stream);
  fputs("}\n", stream);
}

/* ------------------------------------------------------------------------------------------------ reference */

static const char *kind_text(const schema_key *key) {
  switch (key->type) {
  case SCHEMA_TEXT: return "text";
  case SCHEMA_WORD: return "word";
  case SCHEMA_WORDS: return "list of texts";
  case SCHEMA_FLAGS: return "list";
  case SCHEMA_CHOICE: return "word";
  case SCHEMA_INTEGER: return "whole number";
  case SCHEMA_QUANTITY: return key->flags & SCHEMA_CONSTANT ? "number" : "number or distribution";
  case SCHEMA_VECTOR: return key->flags & SCHEMA_CONSTANT ? "[x, y, z]" : "[x, y, z] or {sphere: magnitude}";
  case SCHEMA_CONE: return "{cone: angle}";
  case SCHEMA_BOOLEAN: return "true or false";
  case SCHEMA_NUMBERS: return key->flags & SCHEMA_CONSTANT ? "list of numbers" : "list of numbers or distributions";
  case SCHEMA_COLOR: return "colour";
  case SCHEMA_NAME: return "name or {choice: names}";
  case SCHEMA_EXPRESSION: return "expression";
  case SCHEMA_LATE: return "number, distribution, vector, colour or name";
  case SCHEMA_OBJECT: return "mapping";
  case SCHEMA_MAP: return "mapping of names";
  default: return "";
  }
}

static void print_table(const schema_object *object, const char *title, FILE *stream) {
  fprintf(stream, "\n## %s\n\n%s\n\n| key | value | unit | default | meaning |\n|---|---|---|---|---|\n", title,
          object->doc);
  for (const schema_key *key = object->keys; key->name; key++) {
    bool has_unit = key->unit && key->type != SCHEMA_EXPRESSION && strcmp(key->unit, "1");
    if (key->type == SCHEMA_UNSUPPORTED) {
      fprintf(stream, "| `%s` | not supported yet | | | %s |\n", key->name, key->doc);
      continue;
    }
    fprintf(stream, "| `%s` | %s", key->name, kind_text(key));
    for (int i = 0; key->choices && key->choices[i]; i++) fprintf(stream, "%s`%s`", i ? ", " : " of ", key->choices[i]);
    fprintf(stream, " | %s | %s%s%s | %s |\n", has_unit ? key->unit : "", key->default_text ? "`" : "",
            key->default_text              ? key->default_text
            : key->flags & SCHEMA_REQUIRED ? "required"
                                           : "",
            key->default_text ? "`" : "", key->doc);
  }
  for (const schema_key *key = object->keys; key->name; key++) {
    if (key->type != SCHEMA_OBJECT && key->type != SCHEMA_MAP) continue;
    char path[200];
    bool root = object == &schema_scenario;
    snprintf(path, sizeof path, "%s%s%s%s", root ? "" : title, root ? "" : ".", key->name,
             key->type == SCHEMA_MAP ? ".NAME" : "");
    print_table(key->object, path, stream);
  }
}

void myr_schema_print_reference(FILE *stream) {
  fputs(
      "# The scenario language\n\nMade from the reader's own table by `myriad schema --markdown`.\n\n"
      "A number may carry a unit; a bare number is SI. Where a distribution is allowed, a number may also be "
      "`{uniform: [low, high]}`, `{log_uniform: [low, high]}`, `{normal: [mean, deviation]}` with optional `limits`, "
      "`{choice: [a, b]}` with optional `weights`, or `{integer: [low, high]}`.\n\n"
      "A colour is `[red, green, blue]` of sRGB, 0 to 1, or `\"#rrggbb\"`; drawn, it is `[{uniform: [0, 1]}, 0, 0]`, "
      "`{uniform: [colour, colour]}` (each component between the two) or `{choice: [colour, colour]}`. A name that is "
      "drawn is `{choice: [name, name]}`.\n",
      stream);
  print_table(&schema_scenario, "scenario", stream);
  fputs("\n## Parameters of randomize\n\n| parameter | unit | operations | meaning |\n|---|---|---|---|\n", stream);
  for (int i = 0; i < property_count; i++) {
    const property *p = &properties[i];
    fprintf(stream, "| `%s.%s` | %s |%s%s%s | %s |\n", p->class_name, p->name, p->unit[0] ? p->unit : "by joint",
            p->operations >> RANDOMIZE_SCALE & 1 ? " scale" : "", p->operations >> RANDOMIZE_ADD & 1 ? " add" : "",
            p->operations >> RANDOMIZE_SET & 1 ? " set" : "", p->doc);
  }
  fputs("\n## Expressions\n\n`or`, `and`, `not`, comparisons, `+ - * /`, numbers with units, `time`, and:\n\n"
        "| function | gives | meaning |\n|---|---|---|\n",
        stream);
  for (int i = 0; i < FUNCTION_COUNT; i++) {
    const function_info *f = &expression_functions[i];
    char usage[128];
    const char *unit = !strcmp(f->unit, "bool")       ? "condition"
                       : !strcmp(f->unit, "joint")    ? "by joint"
                       : !strcmp(f->unit, "argument") ? "as given"
                                                      : f->unit;
    fprintf(stream, "| `%s` | %s | %s |\n", function_usage(f, usage, sizeof usage), unit, f->doc);
  }
}
