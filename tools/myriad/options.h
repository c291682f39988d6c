/* One table of options per subcommand drives both parsing and --help. */
#ifndef MYR_TOOLS_OPTIONS_H
#define MYR_TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum option_kind {
  OPTION_FLAG,    /* bool */
  OPTION_INTEGER, /* int64_t, within the option's range */
  OPTION_LANES,   /* int64_t, a width of vectors; its help ends with those that this machine has */
  OPTION_TEXT,    /* const char * */
  OPTION_CHOICE,  /* const char *, one of the choices */
  OPTION_ENGINE,  /* const char *, an engine's name or, if the option has choices, one of them */
  OPTION_TEXTS,   /* text_list, one text for each time that the option is given */
} option_kind;

enum { TEXT_LIST_LIMIT = 64 };
typedef struct text_list {
  const char *items[TEXT_LIST_LIMIT];
  int count;
} text_list;

typedef struct option {
  const char *name; /* without dashes */
  char letter;      /* -o, or 0 */
  option_kind kind;
  size_t offset;        /* of the value in the command's struct, which already holds the default */
  const char *argument; /* the name of its value in --help */
  const char *help;
  int64_t minimum, maximum;
  const char *choices; /* "auto|json|none" */
} option;

typedef struct command {
  const char *name;
  const char *arguments; /* "SCENE" */
  const char *summary;   /* one line */
  const char *details;   /* further lines of --help, or NULL */
  const char *examples;  /* command lines, each after "  " */
  int positional_count;  /* exactly this many are needed */
  const option *options;
  int option_count;
  bool reads_models;                 /* it also takes --package-path */
  int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
} command;

enum { POSITIONAL_LIMIT = 4 };

/* Parses argv[1 ..] into values and positionals. Returns false if the command must end with *exit_code, because it
 * printed its help or a mistake in its arguments. */
bool parse_options(const command *command, int argc, char **argv, void *values, const char **positionals,
                   int *exit_code);
/* Refuses options that have no effect beside the others: if parse_options met one of `names`, which are separated by spaces,
 * prints "--NAME WHY; leave it out" and returns true. */
bool refuse_options(const command *command, const char *names, const char *why);
void print_command_help(const command *command);

/* Parses a size such as "64x48". Returns false if the text is no possible size. */
bool parse_pixel_size(const char *text, int *width, int *height);

/* Returns the candidate most similar to word, or NULL if none is similar. */
const char *suggest(const char *word, const char *const *candidates, int count);

#endif
