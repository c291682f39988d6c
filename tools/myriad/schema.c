/* myriad schema: prints the scenario language, as JSON Schema for editors or as a page for readers. */
#include <stdio.h>

#include "command.h"

typedef struct schema_options {
  bool markdown;
} schema_options;

static const option options[] = {
    {"markdown", 0, OPTION_FLAG, offsetof(schema_options, markdown), NULL, "the reference as Markdown", 0, 0, NULL},
};

static int run(int argc, char **argv) {
  schema_options values = {0};
  int code;
  if (!parse_options(&schema_command, argc, argv, &values, NULL, &code)) return code;
  if (values.markdown)
    myr_schema_print_reference(stdout);
  else
    myr_schema_print(stdout);
  return EXIT_DONE;
}

const command schema_command = {
    .name = "schema",
    .arguments = "",
    .summary = "JSON Schema of the scenario language",
    .options = options,
    .examples = "  myriad schema >myriad.schema.json\n"
                "  myriad schema --markdown | less",
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
