/* Every public call of Myriad reports failure in this way: a status for programs, a message for people.
 *
 * The library never exits, prints or aborts. A function that can fail returns a myr_status and, when it is given a
 * myr_error, writes one line that names the file, the element and the remedy. */
#ifndef MYR_STATUS_H
#define MYR_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum myr_status {
  MYR_OK = 0,
  MYR_ERROR,       /* anything that fits none of the others, such as an internal limit exit 1 */
  MYR_INVALID,     /* the caller's input is wrong: a scenario, a model, an option; never worth a retry        exit 2 */
  MYR_UNAVAILABLE, /* an engine or a vector width is not compiled in or not present on this machine           exit 69 */
  MYR_IO,          /* the file system refused: missing, unreadable, full, over quota                          exit 74 */
  MYR_STOPPED,     /* stopped early on request; finished work is safe                                         exit 75 */
  MYR_BUSY,        /* another run is at work on the same; worth a retry later                                 exit 75 */
} myr_status;

/* One message, without a trailing newline. Zero-initialise it; it is untouched on success. */
typedef struct myr_error {
  char message[1024];
} myr_error;

/* Formats a message into error (which may be NULL) and returns status, so that `return myr_fail(...)` reads as one. */
myr_status myr_fail(myr_error *error, myr_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* clang's analyzer looks into one file at a time, so it must be told here that a failure is never MYR_OK. */
#ifdef __clang_analyzer__
static inline myr_status myr_failure(myr_status status) {
  if (status == MYR_OK) __builtin_unreachable();
  return status;
}
#define myr_fail(...) myr_failure(myr_fail(__VA_ARGS__))
#endif

#ifdef __cplusplus
}
#endif
#endif
