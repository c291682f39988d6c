#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "kernels/table.h"
#include "scenarios/scenarios.h"
#include "sim/sim.h"

const char *suggest(const char *word, const char *const *candidates, int count) {
  const char *best = NULL;
  int best_distance = (int)strlen(word) / 3 + 2; /* a suggestion must be nearer than this */
  for (int i = 0; i < count; i++) {
    bool begun = strlen(word) > 1 && !strncmp(word, candidates[i], strlen(word)); /* --out for --output */
    int distance = begun ? 0 : myr_edit_distance(word, candidates[i]);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidates[i];
    }
  }
  return best;
}

/* Prints "; here 1 or 8", the widths of vectors that this build and this machine have. */
static void print_lanes(void) {
  const myr_kernels *kernels;
  int last = 0;
  for (int lanes = 1; lanes <= 16; lanes++)
    if (!myr_kernels_find(lanes, &kernels, NULL)) last = lanes;
  for (int lanes = 1; lanes <= last; lanes++)
    if (!myr_kernels_find(lanes, &kernels, NULL))
      printf("%s%d", lanes == 1 ? "; here " : lanes < last ? ", " : " or ", lanes);
}

/* Of every command that reads models. Its value goes to the reader of URDF, not into the command's struct. */
static const option package_path = {
    "package-path",
    0,
    OPTION_TEXT,
    0,
    "FOLDERS",
    "where package://NAME/... of URDF files lies; colons separate; before ROS_PACKAGE_PATH",
    0,
    0,
    NULL};

/* The command's options one by one, then those that it shares with others; NULL: there are no more. */
static const option *option_at(const command *command, int index) {
  if (index < command->option_count) return &command->options[index];
  return index == command->option_count && command->reads_models ? &package_path : NULL;
}

void print_command_help(const command *command) {
  printf("usage: myriad %s%s%s%s\n\n%s\n", command->name, *command->arguments ? " " : "", command->arguments,
         option_at(command, 0) ? " [options]" : "", command->summary);
  if (command->details) printf("\n%s\n", command->details);
  printf("\noptions:\n");
  const option *option;
  for (int i = 0; (option = option_at(command, i)); i++) {
    char left[64], letter[8] = "";
    if (option->letter) snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    printf("  %-26s %s", left, option->help);
    if (option->kind == OPTION_LANES) print_lanes();
    putchar('\n');
  }
  printf("  %-26s %s\n", "-h, --help", "this text");
  printf("\nexample%s:\n%s\n", strchr(command->examples, '\n') ? "s" : "", command->examples);
}

static bool usage_error(const command *command, int *exit_code) {
  fprintf(stderr, "hint: `myriad %s --help` lists its options\n", command->name);
  *exit_code = EXIT_USAGE;
  return false;
}

static const option *find_option(const command *command, const char *name, size_t length) {
  const option *option;
  for (int i = 0; (option = option_at(command, i)); i++)
    if (strlen(option->name) == length && !strncmp(option->name, name, length)) return option;
  return NULL;
}

static const option *find_letter(const command *command, char letter) {
  for (int i = 0; i < command->option_count; i++)
    if (command->options[i].letter == letter) return &command->options[i];
  return NULL;
}

static bool unknown_option(const command *command, const char *argument, int *exit_code) {
  const char *names[64], *word = argument + strspn(argument, "-");
  char bare[64];
  int count = 0;
  snprintf(bare, sizeof bare, "%.*s", (int)strcspn(word, "="), word);
  for (int i = 0; option_at(command, i); i++) names[count++] = option_at(command, i)->name;
  names[count++] = "help";
  const char *near = suggest(bare, names, count);
  fprintf(stderr, "myriad %s: unknown option %s", command->name, argument);
  if (near) fprintf(stderr, "; did you mean --%s?", near);
  fputc('\n', stderr);
  return usage_error(command, exit_code);
}

static bool is_choice(const char *choices, const char *value) {
  size_t length = strlen(value);
  for (const char *at = choices; length && at; at = strchr(at, '|'), at += at != NULL)
    if (!strncmp(at, value, length) && (at[length] == '|' || !at[length])) return true;
  return false;
}

static bool is_engine(const option *option, const char *value) {
  if (option->kind != OPTION_ENGINE) return false;
  return myr_engine_traits_of(value) != NULL;
}

static bool choice_error(const command *command, const option *option, const char *value) {
  fprintf(stderr, "myriad %s: --%s is one of ", command->name, option->name);
  const char *separator = "";
  for (int i = 0; option->kind == OPTION_ENGINE && myr_engine_at(i); i++, separator = "|")
    fprintf(stderr, "%s%s", separator, myr_engine_at(i)->name);
  if (option->choices) fprintf(stderr, "%s%s", separator, option->choices);
  fprintf(stderr, ", not %s\n", value);
  return false;
}

/* Stores the value of an option. If the text is no valid value, prints a message and returns false. */
static bool store(const command *command, const option *option, const char *text, void *values) {
  void *target = (char *)values + option->offset;
  if (option->kind == OPTION_FLAG) {
    *(bool *)target = true;
  } else if (option->kind == OPTION_TEXT) {
    *(const char **)target = text;
    if (!*text) {
      fprintf(stderr, "myriad %s: --%s wants %s and got an empty text\n", command->name, option->name,
              option->argument);
      return false;
    }
  } else if (option->kind == OPTION_CHOICE || option->kind == OPTION_ENGINE) {
    *(const char **)target = text;
    if (!is_engine(option, text) && !is_choice(option->choices, text)) return choice_error(command, option, text);
  } else if (option->kind == OPTION_TEXTS) {
    text_list *list = target;
    if (list->count == TEXT_LIST_LIMIT) {
      fprintf(stderr, "myriad %s: at most %d times --%s\n", command->name, TEXT_LIST_LIMIT, option->name);
      return false;
    }
    list->items[list->count++] = text;
  } else {
    char *end;
    errno = 0;
    int64_t value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < option->minimum || value > option->maximum) {
      fprintf(stderr, "myriad %s: --%s is a whole number", command->name, option->name);
      if (option->maximum == INT64_MAX)
        fprintf(stderr, " of at least %lld, not %s\n", (long long)option->minimum, text);
      else
        fprintf(stderr, " from %lld to %lld, not %s\n", (long long)option->minimum, (long long)option->maximum, text);
      return false;
    }
    *(int64_t *)target = value;
  }
  return true;
}

/* The options that parse_options met, which runs once in a process. */
enum { OPTION_LIMIT = 64 };
static const option *met[OPTION_LIMIT];
static int met_count;

static void remember(const option *option) {
  for (int i = 0; i < met_count; i++)
    if (met[i] == option) return;
  if (met_count < OPTION_LIMIT) met[met_count++] = option;
}

bool refuse_options(const command *command, const char *names, const char *why) {
  for (const char *name = names; *name;) {
    size_t length = strcspn(name, " ");
    for (int i = 0; i < met_count; i++) {
      if (strlen(met[i]->name) != length || strncmp(met[i]->name, name, length)) continue;
      fprintf(stderr, "myriad %s: --%s %s; leave it out\n", command->name, met[i]->name, why);
      return true;
    }
    name += length + (name[length] == ' ');
  }
  return false;
}

/* The state of parse_options. */
typedef struct parsing {
  const command *command;
  const char **positionals;
  int positional_count;
  const option *before; /* the option of the argument before, if it is one */
  int *exit_code;
} parsing;

static bool add_positional(parsing *p, const char *argument) {
  const command *command = p->command;
  if (p->positional_count == command->positional_count) {
    fprintf(stderr, "myriad %s: one argument too many: %s", command->name, argument);
    if (p->before && p->before->kind == OPTION_FLAG) fprintf(stderr, "; --%s takes no value", p->before->name);
    fputc('\n', stderr);
    return usage_error(command, p->exit_code);
  }
  if (!*argument) {
    fprintf(stderr, "myriad %s: it wants %s and got an empty text\n", command->name, command->arguments);
    return usage_error(command, p->exit_code);
  }
  p->positionals[p->positional_count++] = argument;
  return true;
}

/* The option of an argument, or NULL. value: the text that the argument itself gives it, or NULL. */
static const option *named_option(const command *command, const char *argument, const char **value) {
  bool is_long = argument[1] == '-';
  size_t length = is_long ? 2 + strcspn(argument + 2, "=") : 2;
  *value = argument[length] ? argument + length + is_long : NULL;
  return is_long ? find_option(command, argument + 2, length - 2) : find_letter(command, argument[1]);
}

/* Reads the option at *i, and its value. */
static bool read_option(parsing *p, int argc, char **argv, int *i, void *values) {
  const command *command = p->command;
  const char *value;
  const option *option = named_option(command, argv[*i], &value);
  if (!option) return unknown_option(command, argv[*i], p->exit_code);
  p->before = option;
  remember(option);
  if (option->kind == OPTION_FLAG && value) {
    fprintf(stderr, "myriad %s: --%s takes no value\n", command->name, option->name);
    return usage_error(command, p->exit_code);
  }
  if (option->kind != OPTION_FLAG && !value) {
    if (*i + 1 == argc) {
      fprintf(stderr, "myriad %s: --%s wants %s\n", command->name, option->name, option->argument);
      return usage_error(command, p->exit_code);
    }
    value = argv[++*i];
  }
  if (option == &package_path)
    myr_package_path_set(value);
  else if (!store(command, option, value, values))
    return usage_error(command, p->exit_code);
  return true;
}

bool parse_options(const command *command, int argc, char **argv, void *values, const char **positionals,
                   int *exit_code) {
  parsing p = {.command = command, .positionals = positionals, .exit_code = exit_code};
  bool options_over = false;
  for (int i = 1; i < argc; i++) {
    const char *argument = argv[i];
    if (options_over || argument[0] != '-' || !argument[1]) {
      if (!add_positional(&p, argument)) return false;
      p.before = NULL;
    } else if (!strcmp(argument, "--")) {
      options_over = true;
      p.before = NULL;
    } else if (!strcmp(argument, "--help") || !strcmp(argument, "-h")) {
      print_command_help(command);
      *exit_code = EXIT_DONE;
      return false;
    } else if (!read_option(&p, argc, argv, &i, values)) {
      return false;
    }
  }
  if (p.positional_count < command->positional_count) {
    fprintf(stderr, "myriad %s: it wants %s\n", command->name, command->arguments);
    return usage_error(command, exit_code);
  }
  return true;
}

bool parse_pixel_size(const char *text, int *width, int *height) {
  int end = 0;
  return sscanf(text, "%5dx%5d%n", width, height, &end) == 2 && !text[end] && *width > 0 && *height > 0;
}
