/* Tests how much memory may be taken, with made-up /proc and /sys: the machine's, that of control groups of both versions
 * and of the groups above, and of a container that sees only its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "dataset/memory.h"

static char root[] = "/tmp/myriad-memory-XXXXXX";

static void put(const char *path, const char *text) {
  char full[512];
  snprintf(full, sizeof full, "%s%s", root, path);
  for (char *c = full + strlen(root) + 1; *c; c++) {
    if (*c != '/') continue;
    *c = 0;
    mkdir(full, 0777);
    *c = '/';
  }
  FILE *stream = fopen(full, "w");
  assert_non_null(stream);
  fputs(text, stream);
  fclose(stream);
}

static void clear(void) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s/proc %s/sys", root, root);
  assert_int_equal(system(command), 0);
}

static void expect(int64_t bytes, const char *of) {
  memory_room room = memory_room_of(root);
  assert_int_equal(room.bytes, bytes);
  assert_string_equal(room.of, of);
}

static void machine(void **state) {
  (void)state;
  clear();
  expect(INT64_MAX, "nobody");
  put("/proc/meminfo", "MemTotal:       24000000 kB\nMemFree:  1 kB\nMemAvailable:    2000 kB\n");
  expect(2048000, "this machine");
}

static void second_version(void **state) {
  (void)state;
  clear();
  put("/proc/meminfo", "MemAvailable: 2000000 kB\n");
  put("/proc/self/cgroup", "0::/slurm/job_7/step_0\n");
  put("/sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
  expect(2048000000, "this machine");
  put("/sys/fs/cgroup/slurm/job_7/memory.max", "1000000\n"); /* the job's limit holds for its steps */
  put("/sys/fs/cgroup/slurm/job_7/memory.current", "300000\n");
  expect(700000, "the control group");
  put("/sys/fs/cgroup/slurm/job_7/memory.stat", "anon 1\ninactive_file 100000\n");
  expect(800000, "the control group");
  put("/sys/fs/cgroup/slurm/job_7/memory.current", "2000000\n");
  expect(0, "the control group");
}

static void first_version(void **state) {
  (void)state;
  clear();
  put("/proc/meminfo", "MemAvailable: 2000000 kB\n");
  put("/proc/self/cgroup", "5:memory:/docker/abc\n3:cpuset:/\n0::/\n");
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "5000000\n"); /* a container's own, for the path is not there */
  put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n");
  put("/sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 500000\n");
  expect(4500000, "the control group");
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"); /* none */
  expect(2048000000, "this machine");
}

static void odd_files(void **state) {
  (void)state;
  clear();
  put("/proc/meminfo", "MemAvailable: lots\n");
  put("/proc/self/cgroup", "nonsense\n7:memory\n0::relative\n\n");
  expect(INT64_MAX, "nobody");
}

int main(void) {
  if (!mkdtemp(root)) return 1;
  const struct CMUnitTest tests[] = {cmocka_unit_test(machine), cmocka_unit_test(second_version),
                                     cmocka_unit_test(first_version), cmocka_unit_test(odd_files)};
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  clear();
  remove(root);
  return failed;
}
