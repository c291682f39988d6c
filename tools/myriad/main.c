/* The myriad command: finds the subcommand and calls it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "command.h"
#include "stop.h"

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
        "Results go to stdout, messages to stderr; --json is for programs.\n\n",
        stream);
  fputs("environment:\n"
        "  MYRIAD_MODEL_SECONDS  the longest time that reading one model may take, 30 if not given\n"
        "  MYRIAD_MODEL_GB       the most memory that reading one model may take, 4 if not given\n"
        "  MYRIAD_READER         the program that reads models, if myriad-reader is not beside this one\n\n",
        stream);
  print_exit_codes(stream);
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

/* Gives a meaning to the three standard files where the caller closed them. Otherwise a file of a dataset would get the
 * number of one of them, and messages would be written into it. */
static void open_standard_files(void) {
  for (int file = 0; file <= 2; file++)
    if (fcntl(file, F_GETFD) < 0 && errno == EBADF) open("/dev/null", O_RDWR);
}

/* Whether the reader of stdout has gone away. */
static bool reader_is_gone(void) {
  struct pollfd file = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&file, 1, 0) == 1 && file.revents & (POLLERR | POLLHUP | POLLNVAL);
}

/* Writes what stdout still holds back. A reader that has seen enough, such as head, is no failure, because the command
 * did all its work; output that found no room is. */
static int end_output(int code) {
  bool written = !fflush(stdout) && !ferror(stdout);
  if (written || code != EXIT_DONE || reader_is_gone()) return code;
  fputs("myriad: the output could not be written in full\n", stderr);
  return EXIT_IO;
}

/* libhdf5 and MuJoCo take some failures to allocate for damage in a file, or crash. So a command begins only where far
 * more memory can be had than they take for small files. */
static bool can_begin(const command *command) {
  enum { LEAST_MEGABYTES = 64 };
  size_t bytes = (size_t)LEAST_MEGABYTES * 1000000;
  void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room != MAP_FAILED) return !munmap(room, bytes);
  fprintf(stderr, "myriad %s: too little memory to begin: %d MB more are needed; see `ulimit -v`\n", command->name,
          LEAST_MEGABYTES);
  return false;
}

static int run_command_line(int argc, char **argv) {
  if (argc < 2) {
    print_help(stderr);
    return EXIT_USAGE;
  }
  if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) return help(argc, argv);
  if (!strcmp(argv[1], "--version")) argv[1] = "version";
  const command *command = find_command(argv[1]);
  if (!command) return EXIT_USAGE;
  return can_begin(command) ? command->run(argc - 1, argv + 1) : EXIT_ERROR;
}

int main(int argc, char **argv) {
  prctl(PR_SET_NAME, "myriad"); /* for top and pgrep, because a bundle's loader starts the program under its own name */
  /* A full disk and a closed pipe must not end the program, because it reports them as errors. */
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  open_standard_files();
  end_on_signals();
  return end_output(run_command_line(argc, argv));
}
