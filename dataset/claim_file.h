/* The file of a claim: its name and its text. The protocol is in claim.h. */
#ifndef MYR_DATASET_CLAIM_FILE_H
#define MYR_DATASET_CLAIM_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "dataset/claim.h"
#include "dataset/process.h"

enum { CLAIM_NAME_BYTES = 96 };

/* The contents of a claim. */
typedef struct claim_record {
  bool whole; /* every line was found; without them nothing below is known */
  bool held;  /* not only wanted */
  bool ended; /* its run is over: it says only which episodes the run was to make */
  claim_job job;
  process_identity process;
  char since[32]; /* UTC */
} claim_record;

void claim_name(const claim_job *job, uint64_t token, char name[CLAIM_NAME_BYTES]);
/* Whether a file's name is that of a claim. */
bool claim_name_parse(const char *name, uint64_t *token);
/* Whether it is that of a claim that is not yet whole. */
bool claim_name_is_new(const char *name);

/* Write the text of a claim that is wanted, and mark one as held or ended. Return 0, or -1 with errno. */
int claim_write(int file, const claim_record *record);
int claim_write_held(int file);
int claim_write_ended(int file);

/* Reads a claim and the time of its last heartbeat. Returns MYR_OK with *there == false if it is gone; MYR_INVALID if
 * it is not a regular file. */
myr_status claim_read(int folder, const char *name, const char *shown, bool *there, claim_record *record,
                      struct stat *info, myr_error *error);

#endif
