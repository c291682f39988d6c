/* The faults that verify finds. The process that reads a file describes them, and the parent process reports them. A
 * fault travels between them as a string with its final zero. */
#include <stdarg.h>
#include <string.h>

#include "dataset/verify.h"

void verify_fault(verification *check, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fwrite(text, strlen(text) + 1, 1, check->found);
}

void verify_report_faults(void *context, const dataset_file *file, const char *found, size_t bytes) {
  fault_report *report = context;
  for (const char *text = found; text < found + bytes; text += strlen(text) + 1) {
    report->faults++;
    if (report->report) report->report(report->context, file->path, text);
  }
}
