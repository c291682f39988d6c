/* bin/myriad and libexec/myriad-reader of a bundle: starts the real program with the loader and the C library of the
 * bundle, because those of the machine may be too old for it. A program names its loader by an absolute path, so one that
 * moves with its folder cannot name its own. This one is linked statically and needs no loader. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#if defined __x86_64__
#define LOADER "ld-linux-x86-64.so.2"
#elif defined __aarch64__
#define LOADER "ld-linux-aarch64.so.1"
#else
#error "name the loader of this processor"
#endif

enum { EXIT_CANNOT_RUN = 126 }; /* as shells say of a program that is there and does not start */

static int fail(const char *message) {
  fprintf(stderr, "myriad: %s\n", message);
  return EXIT_CANNOT_RUN;
}

/* The path of this program in a bundle, and that of the program which it starts. */
static const struct {
  const char *launcher, *program;
} programs[] = {{"/bin/myriad", "/libexec/myriad"}, {"/libexec/myriad-reader", "/lib/myriad/myriad-reader"}};
enum { PROGRAMS = sizeof programs / sizeof *programs };

/* Finds the folder of the bundle, through every link, and the number of this program. The kernel told us the path that it
 * started, for machines where /proc is missing. Returns -1 if there is no such folder. */
static int find_bundle(char folder[PATH_MAX]) {
  if (!realpath("/proc/self/exe", folder) && !realpath((const char *)getauxval(AT_EXECFN), folder)) return -1;
  for (int i = 0; i < PROGRAMS; i++) {
    size_t length = strlen(folder), tail = strlen(programs[i].launcher);
    if (length <= tail || strcmp(folder + length - tail, programs[i].launcher) != 0) continue;
    folder[length - tail] = 0;
    return i;
  }
  return -1;
}

/* Writes the folders in which the loader looks after those that the program names: the bundle's C library, then those
 * that the user names, which a machine may need to find its GPU's driver. Returns false if the text is too long. */
static bool list_folders(const char *bundle, char *list, size_t size) {
  const char *users = getenv("LD_LIBRARY_PATH");
  bool any = users && *users;
  int length = snprintf(list, size, "%s/lib/myriad/c-library%s%s", bundle, any ? ":" : "", any ? users : "");
  return length > 0 && (size_t)length < size;
}

int main(int argc, char **argv) {
  static char bundle[PATH_MAX], loader[2 * PATH_MAX], program[2 * PATH_MAX], folders[32 * PATH_MAX];
  int own_number = find_bundle(bundle);
  if (own_number < 0) return fail("the folder of the bundle was not found: call bin/myriad by its path");
  if (strpbrk(bundle, ":;")) return fail("the bundle cannot run in a folder with `:` or `;` in its path: move it");
  if (!list_folders(bundle, folders, sizeof folders)) return fail("LD_LIBRARY_PATH is too long: shorten it");
  snprintf(loader, sizeof loader, "%s/lib/myriad/c-library/" LOADER, bundle);
  snprintf(program, sizeof program, "%s%s", bundle, programs[own_number].program);
  char *own = argc > 0 ? argv[0] : program;
  char *start[] = {loader, "--argv0", own, "--library-path", folders, program};
  enum { START = sizeof start / sizeof *start };
  char **arguments = calloc((size_t)argc + START + 1, sizeof *arguments);
  if (!arguments) return fail("too little memory to start");
  memcpy(arguments, start, sizeof start);
  if (argc > 1) memcpy(arguments + START, argv + 1, (size_t)(argc - 1) * sizeof *arguments);
  execv(loader, arguments);
  perror("myriad: the bundle is not complete, or this folder allows no programs");
  free(arguments);
  return EXIT_CANNOT_RUN;
}
