/* Messages between this process and the child process that reads models: numbers, texts and arrays, one behind the other,
 * each padded to 8 bytes. Both processes are of one build, so numbers have the same layout in both.
 *
 * A message that is written notes a lack of memory in `failed`. A message that is read believes nothing: a piece that is
 * longer than the bytes that are left sets `failed`, and that piece and all later ones are empty. */
#ifndef MYR_CHILD_MESSAGE_H
#define MYR_CHILD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct message {
  char *bytes; /* malloc'd */
  size_t size, room;
  size_t at; /* of the piece that is read next */
  bool failed;
  bool no_memory; /* of one that is read: it may be whole, but there was no memory for what it holds */
} message;

void message_free(message *message); /* zeros are fine */

/* Makes room for that many more bytes. false: memory is out. */
bool message_reserve(message *message, size_t bytes);

/* ------------------------------------------------------------------------------------------------ writing */
/* The place of that many bytes, for the caller to fill. NULL: memory is out. */
void *message_add(message *message, size_t bytes);
void message_put(message *message, const void *bytes, size_t size);
void message_put_int(message *message, int64_t value);
void message_put_text(message *message, const char *text); /* NULL is a text of its own */

/* ------------------------------------------------------------------------------------------------ reading */
/* The next bytes, in the message's own memory. NULL: there are fewer. */
const void *message_take(message *message, size_t bytes);
bool message_copy(message *message, void *to, size_t bytes);
/* A number from low to high; low, and the message has failed, where it is another. */
int64_t message_take_int(message *message, int64_t low, int64_t high);
/* In the message's own memory. NULL: the writer put NULL, or the message has failed. */
const char *message_take_text(message *message);
/* Zeros for what is taken, which the caller frees. NULL: memory is out, and the message has failed. */
void *message_room(message *message, size_t count, size_t bytes);
/* A count of pieces of at least `least` bytes each, so that an array for them cannot be larger than the message allows. */
int message_take_count(message *message, size_t least);

#endif
