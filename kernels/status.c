#include "kernels/status.h"

#include <stdarg.h>
#include <stdio.h>

#include "kernels/plain_text.h"

/* The name stands in parentheses because it is a macro to the analyzer. */
myr_status(myr_fail)(myr_error *error, myr_status status, const char *format, ...) {
  if (error) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    myr_plain_text(error->message);
  }
  return status;
}
