/* Which process holds a claim, and whether it still lives. */
#ifndef MYR_DATASET_PROCESS_H
#define MYR_DATASET_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* A process in all of a cluster. Numbers of processes are used again, so the time of its start belongs to its name; they
 * mean something only within one boot of one machine and one namespace (a container has its own). */
typedef struct process_identity {
  char host[256];
  char boot[64];      /* of /proc/sys/kernel/random/boot_id; "" if unknown */
  char space[64];     /* the namespace of its number, of /proc/self/ns/pid; "" if unknown */
  int64_t pid, start; /* start: clock ticks after the boot, of /proc/PID/stat; 0 if unknown */
} process_identity;

void process_describe_self(process_identity *self);

typedef enum process_life { PROCESS_ALIVE, PROCESS_DEAD, PROCESS_UNKNOWN } process_life;

/* PROCESS_UNKNOWN for a process of another host, boot or namespace, and where /proc does not tell. */
process_life process_state(const process_identity *process);

#endif
