/* The myriad command: finds the subcommand and calls it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "command.h"

static const command *const commands[] = {&check_command,   &plan_command,  &run_command,    &sample_command,
                                          &view_command,    &info_command,  &verify_command, &digest_command,
                                          &compare_command, &bench_command, &schema_command, &version_command};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_help(FILE *stream) {
  fputs("usage: myriad COMMAND [arguments] [options]\n\n"
        "Turns a scenario file into a training dataset: thousands of randomized robot worlds at once.\n\n"
        "commands:\n",
        stream);
  for (int i = 0; i < COMMAND_COUNT; i++)
    fprintf(stream, "  %-8s %-20s %s\n", commands[i]->name, commands[i]->arguments, commands[i]->summary);
  fputs("  help     [COMMAND]            this text, or a command's options\n\n"
        "first steps:\n"
        "  myriad check my.yaml             finds every mistake in a scenario, with its place and a hint\n"
        "  myriad view my.yaml              draws how its episodes begin\n"
        "  myriad plan my.yaml              estimates the time, disk and memory of a run\n"
        "  myriad run my.yaml -o out/mine   makes the dataset\n\n"
        "exit codes: 0 done, 1 error, 2 bad usage or invalid scenario, 3 too many failed episodes, 69 engine "
        "unavailable,\n"
        "74 input or output failed, 75 stopped early. Results go to stdout, messages to stderr; --json is for "
        "programs.\n",
        stream);
}

static const command *find_command(const char *name) {
  for (int i = 0; i < COMMAND_COUNT; i++)
    if (!strcmp(commands[i]->name, name)) return commands[i];
  const char *names[COMMAND_COUNT];
  for (int i = 0; i < COMMAND_COUNT; i++) names[i] = commands[i]->name;
  const char *near = suggest(name, names, COMMAND_COUNT);
  fprintf(stderr, "myriad: unknown %s %s", *name == '-' ? "option" : "command", *name ? name : "(an empty text)");
  if (near) fprintf(stderr, "; did you mean %s?", near);
  if (is_scenario_path(name))
    fprintf(stderr, "\nhint: a command comes first, such as `myriad check %s`\n", name);
  else
    fputs("\nhint: `myriad help` lists the commands\n", stderr);
  return NULL;
}

static int help(int argc, char **argv) {
  if (argc < 3) {
    print_help(stdout);
    return EXIT_DONE;
  }
  if (argc > 3) {
    fprintf(stderr, "myriad help: one argument too many: %s\nhint: `myriad help COMMAND` shows a command's options\n",
            argv[3]);
    return EXIT_USAGE;
  }
  const command *command = find_command(argv[2]);
  if (!command) return EXIT_USAGE;
  print_command_help(command);
  return EXIT_DONE;
}

int main(int argc, char **argv) {
  prctl(PR_SET_NAME, "myriad"); /* for top and pgrep, because a bundle's loader starts the program under its own name */
  /* A full disk and a closed pipe must not end the program, because it reports them as errors. */
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  if (argc < 2) {
    print_help(stderr);
    return EXIT_USAGE;
  }
  if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) return help(argc, argv);
  if (!strcmp(argv[1], "--version")) argv[1] = "version";
  const command *command = find_command(argv[1]);
  if (!command) return EXIT_USAGE;
  int code = command->run(argc - 1, argv + 1);
  if ((fflush(stdout) || ferror(stdout)) && code == EXIT_DONE) {
    fputs("myriad: the output could not be written in full\n", stderr);
    code = EXIT_IO;
  }
  return code;
}
