/* Videos: frames as raw RGB through a pipe to the program ffmpeg, which is no part of us and need not be there. It is
 * started without a shell and writes the unfinished file; the file gets its name only if ffmpeg ends well. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "render/picture.h"
#include "render/picture_file.h"
#include "sim/regular_file.h"

enum { MOST_ARGUMENTS = 16, LINE_BYTES = 200 };

typedef struct video_kind {
  const char *ending, *format;
  double rate;
  const char *filter;
  const char *arguments[MOST_ARGUMENTS];
} video_kind;

static const video_kind kinds[] = {
#define VIDEO(ending, format, rate, filter, ...) {ending, format, rate, filter, {__VA_ARGS__}},
#include "render/video.def"
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct myr_video {
  picture_file file;
  FILE *messages; /* ffmpeg's, a temporary file */
  pid_t process;  /* 0: it does not run */
  int pipe;       /* -1: closed */
  size_t frame_bytes;
};

/* ------------------------------------------------------------------------------------------------ kinds */

static const video_kind *kind_of(const char *path) {
  size_t length = strlen(path);
  for (int i = 0; i < KINDS; i++) {
    size_t end = strlen(kinds[i].ending);
    if (length > end && !strcmp(path + length - end, kinds[i].ending)) return &kinds[i];
  }
  return NULL;
}

double myr_video_rate(const char *path) {
  const video_kind *kind = kind_of(path);
  return kind ? kind->rate : 0;
}

const char *myr_video_endings(void) {
  return ""
#define VIDEO(ending, ...) ending " "
#include "render/video.def"
      ;
}

/* ------------------------------------------------------------------------------------------------ the program */

/* The path of ffmpeg, malloc'd; NULL if no folder of PATH has it. */
static char *find_ffmpeg(void) {
  const char *folders = getenv("PATH");
  for (const char *at = folders; at && *at;) {
    const int length = (int)strcspn(at, ":");
    char *path = NULL;
    if (length && asprintf(&path, "%.*s/ffmpeg", length, at) < 0) return NULL;
    if (path && myr_is_regular_file(path) && !access(path, X_OK)) return path;
    free(path);
    at += at[length] ? length + 1 : length;
  }
  return NULL;
}

static myr_status no_ffmpeg(const char *path, myr_error *error) {
  return myr_fail(error, MYR_UNAVAILABLE,
                  "cannot make the video %s: the program ffmpeg is not there. Install it (Debian and Ubuntu: apt-get "
                  "install ffmpeg; others: ffmpeg.org), or give -o a name that ends in .png for an animated picture",
                  path);
}

myr_status myr_video_check(const char *path, myr_error *error) {
  char *program = find_ffmpeg();
  free(program);
  return program ? MYR_OK : no_ffmpeg(path, error);
}

/* Starts ffmpeg with its end of the pipe as input. It has a process group of its own, because Ctrl-C is for us: we end
 * ffmpeg ourselves. */
static int spawn(const char *program, char *const *arguments, int input, int messages, pid_t *process) {
  extern char **environ;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t signals;
  sigemptyset(&signals);
  int code = program ? posix_spawn_file_actions_init(&actions) : ENOENT;
  if (code) return code;
  code = posix_spawnattr_init(&attributes);
  if (!code) {
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    code = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (!code) code = posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
    if (!code) code = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!code) code = posix_spawn(process, program, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

static int start(myr_video *video, const char *program, const video_kind *kind, const char *size, const char *rate,
                 const char *output) {
  /* -xerror: a full disk must be a failure. */
  const char *arguments[32 + MOST_ARGUMENTS] = {
      program, "-hide_banner", "-nostats", "-nostdin",        "-v",         "error", "-xerror",    "-y",
      "-f",    "rawvideo",     "-pix_fmt", "rgb24",           "-s",         size,    "-framerate", rate,
      "-i",    "pipe:0",       "-an",      "-filter_complex", kind->filter, "-f",    kind->format};
  int count = 0, ends[2];
  while (arguments[count]) count++;
  for (int i = 0; i < MOST_ARGUMENTS && kind->arguments[i]; i++) arguments[count++] = kind->arguments[i];
  arguments[count] = output;
  if (pipe2(ends, O_CLOEXEC)) return errno;
  int code = spawn(program, (char *const *)arguments, ends[0], fileno(video->messages), &video->process);
  close(ends[0]);
  if (code) {
    close(ends[1]);
    video->process = 0;
    return code;
  }
  video->pipe = ends[1];
  return 0;
}

/* ------------------------------------------------------------------------------------------------ its end */

static void close_pipe(myr_video *video) {
  if (video->pipe >= 0) close(video->pipe);
  video->pipe = -1;
}

/* Waits until ffmpeg has ended. good: whether it ended well. False: a signal came first, and ffmpeg still runs. */
static bool await(myr_video *video, bool *good) {
  int status = -1;
  close_pipe(video);
  if (video->process && waitpid(video->process, &status, 0) < 0 && errno == EINTR) return false;
  video->process = 0;
  *good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return true;
}

/* The last line that ffmpeg has printed, or "". */
static void last_line(FILE *messages, char line[LINE_BYTES]) {
  char next[LINE_BYTES];
  line[0] = 0;
  rewind(messages);
  while (fgets(next, sizeof next, messages)) {
    next[strcspn(next, "\r\n")] = 0;
    if (next[0]) memcpy(line, next, sizeof next);
  }
}

static myr_status stopped(const myr_video *video, myr_error *error) {
  return myr_fail(error, MYR_STOPPED, "stopped: %s is not written", video->file.path);
}

/* Of an ffmpeg that has ended. */
static myr_status failed(myr_video *video, myr_error *error) {
  char line[LINE_BYTES];
  last_line(video->messages, line);
  return myr_fail(error, MYR_IO, "cannot write %s: ffmpeg failed%s%s", video->file.path, line[0] ? ": " : "", line);
}

/* ------------------------------------------------------------------------------------------------ public */

static myr_status open_video(myr_video *video, const char *program, const char *path, int width, int height,
                             double frames_per_second, myr_error *error) {
  char size[32], rate[32], *output = NULL;
  myr_status status = picture_file_open(path, &video->file, error);
  if (status) return status;
  video->messages = tmpfile();
  if (!video->messages) return picture_file_failure(&video->file, error);
  snprintf(size, sizeof size, "%dx%d", width, height);
  snprintf(rate, sizeof rate, "%ld/1000", lround(frames_per_second * 1000));
  if (asprintf(&output, "file:%s", video->file.part) < 0)
    return myr_fail(error, MYR_ERROR, "too little memory for a video");
  int code = start(video, program, kind_of(path), size, rate, output);
  free(output);
  return code ? myr_fail(error, MYR_ERROR, "cannot start %s: %s", program, strerror(code)) : MYR_OK;
}

myr_status myr_video_create(const char *path, int width, int height, double frames_per_second, myr_video **video,
                            myr_error *error) {
  *video = NULL;
  if (!kind_of(path))
    return myr_fail(error, MYR_INVALID, "%s is no video: the names end in %s", path, myr_video_endings());
  if (!(frames_per_second >= 0.001 && frames_per_second <= 1000))
    return myr_fail(error, MYR_INVALID, "a video of %g frames a second", frames_per_second);
  char *program = find_ffmpeg();
  if (!program) return no_ffmpeg(path, error);
  myr_video *made = calloc(1, sizeof *made);
  if (!made) {
    free(program);
    return myr_fail(error, MYR_ERROR, "too little memory for a video");
  }
  made->pipe = -1;
  made->frame_bytes = (size_t)width * (size_t)height * 3;
  myr_status status = open_video(made, program, path, width, height, frames_per_second, error);
  free(program);
  if (status)
    myr_video_destroy(made);
  else
    *video = made;
  return status;
}

/* The pipe is broken because ffmpeg has ended, or has closed its input and will. */
static myr_status broken(myr_video *video, myr_error *error) {
  bool good;
  return await(video, &good) ? failed(video, error) : stopped(video, error);
}

/* A pipe takes a part of the bytes if its reader has gone, or if a signal came while it was full. Then it still is. */
static bool would_wait(int pipe) {
  struct pollfd state = {.fd = pipe, .events = POLLOUT};
  return poll(&state, 1, 0) == 0;
}

myr_status myr_video_add(myr_video *video, const uint8_t *rgb, myr_error *error) {
  for (size_t done = 0; done < video->frame_bytes;) {
    ssize_t written = write(video->pipe, rgb + done, video->frame_bytes - done);
    if (written < 0) return errno == EINTR ? stopped(video, error) : broken(video, error);
    done += (size_t)written;
    if (done < video->frame_bytes && would_wait(video->pipe)) return stopped(video, error);
  }
  return MYR_OK;
}

myr_status myr_video_finish(myr_video *video, myr_error *error) {
  struct stat there;
  bool good;
  if (!await(video, &good)) return stopped(video, error);
  if (!good) return failed(video, error);
  if (stat(video->file.part, &there) || there.st_size == 0)
    return myr_fail(error, MYR_IO, "cannot write %s: ffmpeg wrote nothing", video->file.path);
  return picture_file_commit(&video->file, error);
}

void myr_video_destroy(myr_video *video) {
  if (!video) return;
  if (video->process) kill(video->process, SIGKILL);
  for (bool good; !await(video, &good);) continue;
  if (video->messages) fclose(video->messages);
  picture_file_discard(&video->file);
  free(video);
}
