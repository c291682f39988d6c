#include "dataset/memory.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

/* Joins two parts of a path. Returns false if it is too long. */
static bool join(char path[PATH_ROOM], const char *first, const char *second) {
  int length = snprintf(path, PATH_ROOM, "%s%s", first, second);
  return length >= 0 && length < PATH_ROOM;
}

/* Reads the number after a key at the beginning of a line; "" is the file's first number. Returns -1 if there is none:
 * no file, no such key, or "max". */
static int64_t read_number(const char *folder, const char *file, const char *key) {
  char path[PATH_ROOM];
  FILE *stream = join(path, folder, file) ? fopen(path, "re") : NULL;
  if (!stream) return -1;
  char line[512];
  int64_t number = -1;
  size_t length = strlen(key);
  while (number < 0 && fgets(line, sizeof line, stream))
    if (strncmp(line, key, length) || sscanf(line + length, " %" SCNd64, &number) != 1) number = -1;
  fclose(stream);
  return number;
}

static void lower(memory_room *room, int64_t bytes, const char *of) {
  if (bytes < room->bytes) *room = (memory_room){bytes < 0 ? 0 : bytes, of};
}

static void add_machine(memory_room *room, const char *root) {
  int64_t kilobytes = read_number(root, "/proc/meminfo", "MemAvailable:");
  if (kilobytes >= 0) lower(room, kilobytes * 1024, "this machine");
}

/* One group. The pages of files that nobody uses are counted as used, but the kernel drops them when memory is short. */
static void add_group(memory_room *room, const char *folder, const char *limit_file, const char *usage_file,
                      const char *inactive_key) {
  int64_t limit = read_number(folder, limit_file, "");
  if (limit < 0) return;
  int64_t used = read_number(folder, usage_file, ""), inactive = read_number(folder, "/memory.stat", inactive_key);
  if (inactive > 0) used -= inactive;
  lower(room, limit - (used > 0 ? used : 0), "the control group");
}

/* A group and all above it, up to the folder where the groups are mounted. Within a container, the path may be that of
 * the machine outside, which is not there; the mounted folder itself is then the container's group. */
static void add_groups(memory_room *room, const char *mount, const char *group, const char *limit_file,
                       const char *usage_file, const char *inactive_key) {
  char folder[PATH_ROOM];
  if (!join(folder, mount, group)) return;
  size_t top = strlen(mount);
  for (;;) {
    add_group(room, folder, limit_file, usage_file, inactive_key);
    if (strlen(folder) <= top) return;
    char *end = strrchr(folder + top, '/');
    if (!end) return;
    *end = 0;
  }
}

static void add_control_groups(memory_room *room, const char *root) {
  char path[PATH_ROOM], mount[PATH_ROOM], line[PATH_ROOM];
  FILE *stream = join(path, root, "/proc/self/cgroup") ? fopen(path, "re") : NULL;
  if (!stream) return;
  while (fgets(line, sizeof line, stream)) { /* number:controllers:path */
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) continue;
    *group++ = 0;
    if (!controllers[1] && join(mount, root, "/sys/fs/cgroup"))
      add_groups(room, mount, group, "/memory.max", "/memory.current", "inactive_file");
    if (!strcmp(controllers + 1, "memory") && join(mount, root, "/sys/fs/cgroup/memory"))
      add_groups(room, mount, group, "/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file");
  }
  fclose(stream);
}

static void add_address_space(memory_room *room) {
  struct rlimit limit;
  int64_t pages = read_number("", "/proc/self/statm", "");
  if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT64_MAX) return;
  lower(room, (int64_t)limit.rlim_cur - (pages > 0 ? pages * sysconf(_SC_PAGESIZE) : 0), "ulimit -v");
}

memory_room memory_room_of(const char *root) {
  memory_room room = {INT64_MAX, "nobody"};
  add_machine(&room, root);
  add_control_groups(&room, root);
  if (!*root) add_address_space(&room);
  return room;
}
