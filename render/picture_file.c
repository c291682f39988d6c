#include "render/picture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/regular_file.h"
#include "sim/unfinished.h"

myr_status picture_file_failure(const picture_file *file, myr_error *error) {
  return myr_fail(error, MYR_IO, "cannot write %s: %s", file->path, errno ? strerror(errno) : "it failed");
}

static void forget(picture_file *file) {
  if (file->path) myr_unfinished_forget(file->note);
  free(file->path);
  free(file->part);
  *file = (picture_file){0};
}

myr_status picture_file_open(const char *path, picture_file *file, myr_error *error) {
  *file = (picture_file){.note = -1};
  struct stat there;
  /* The final rename would replace a device by a file. */
  if (!stat(path, &there) && myr_irregular_kind(there.st_mode))
    return myr_fail(error, MYR_INVALID, "cannot write %s: it is %s", path, myr_irregular_kind(there.st_mode));
  /* The process's number keeps two programs that write the same picture apart. */
  if (asprintf(&file->part, "%s.%ld.part", path, (long)getpid()) < 0) file->part = NULL;
  file->path = strdup(path);
  if (!file->part || !file->path) {
    forget(file);
    return myr_fail(error, MYR_ERROR, "too little memory to write %s", path);
  }
  unlink(file->part); /* of a program with the same number that was killed, or a link that somebody laid there */
  int descriptor = open(file->part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (descriptor >= 0) file->stream = fdopen(descriptor, "w+");
  if (file->stream) file->note = myr_unfinished_note(file->part);
  if (file->stream) return MYR_OK;
  myr_status status = picture_file_failure(file, error);
  if (descriptor >= 0) {
    close(descriptor);
    unlink(file->part);
  }
  forget(file);
  return status;
}

myr_status picture_file_commit(picture_file *file, myr_error *error) {
  errno = 0;
  int failed = fflush(file->stream) || ferror(file->stream);
  if (fclose(file->stream)) failed = 1; /* some file systems tell here that the disk is full */
  file->stream = NULL;
  if (!failed && rename(file->part, file->path)) failed = 1;
  myr_status status = failed ? picture_file_failure(file, error) : MYR_OK;
  picture_file_discard(file);
  return status;
}

void picture_file_discard(picture_file *file) {
  if (file->stream) fclose(file->stream);
  if (file->part) unlink(file->part); /* after the rename there is no unfinished file */
  forget(file);
}
