#include "sim/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOTES = 16 }; /* a program has one or two at once */
enum { FREE, CHANGING, NOTED };

/* A signal handler reads them, so they are never allocated. */
static struct {
  atomic_int state;
  char path[PATH_MAX];
} notes[NOTES];
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler may use lock-free atomic objects only");

int myr_unfinished_note(const char *path) {
  size_t bytes = strlen(path) + 1;
  if (bytes > sizeof notes[0].path) return -1;
  for (int i = 0; i < NOTES; i++) {
    int expected = FREE;
    if (!atomic_compare_exchange_strong(&notes[i].state, &expected, CHANGING)) continue;
    memcpy(notes[i].path, path, bytes);
    notes[i].state = NOTED;
    return i;
  }
  return -1;
}

void myr_unfinished_forget(int note) {
  if (note >= 0) notes[note].state = FREE;
}

/* ------------------------------------------------------------------------------------------------ removing */
/* The kernel's own list of a folder, because readdir allocates, which a signal handler must not. */
typedef struct folder_entry {
  uint64_t inode;
  int64_t next;
  unsigned short bytes;
  unsigned char type;
  char name[];
} folder_entry;

static void empty_folder(int folder) {
  _Alignas(folder_entry) char entries[4096];
  for (long bytes; (bytes = syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0;)
    for (long at = 0; at < bytes; at += ((folder_entry *)(entries + at))->bytes) {
      const char *name = ((folder_entry *)(entries + at))->name;
      if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) unlinkat(folder, name, 0);
    }
}

/* Again and again, because other threads may make files meanwhile. */
static void remove_folder(const char *path) {
  enum { MOST_TRIES = 100 };
  for (int i = 0; i < MOST_TRIES && rmdir(path) && (errno == ENOTEMPTY || errno == EEXIST); i++) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) return;
    empty_folder(folder);
    close(folder);
  }
}

void myr_unfinished_remove(void) {
  for (int i = 0; i < NOTES; i++)
    if (notes[i].state == NOTED && unlink(notes[i].path) && errno != ENOENT) remove_folder(notes[i].path);
}
