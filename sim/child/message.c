#include "sim/child/message.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 8 };

static size_t padded(size_t bytes) { return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

void message_free(message *m) {
  free(m->bytes);
  *m = (message){0};
}

bool message_reserve(message *m, size_t bytes) {
  if (bytes <= m->room - m->size) return true;
  size_t room = m->room ? m->room : 1 << 12;
  while (room - m->size < bytes && room <= SIZE_MAX / 2) room *= 2;
  char *more = room - m->size < bytes ? NULL : realloc(m->bytes, room);
  if (!more) return false;
  m->bytes = more;
  m->room = room;
  return true;
}

/* ------------------------------------------------------------------------------------------------ writing */
void *message_add(message *m, size_t bytes) {
  if (m->failed || bytes > SIZE_MAX / 4 || !message_reserve(m, padded(bytes))) {
    m->failed = true;
    return NULL;
  }
  char *place = m->bytes + m->size;
  memset(place + bytes, 0, padded(bytes) - bytes);
  m->size += padded(bytes);
  return place;
}

void message_put(message *m, const void *bytes, size_t size) {
  void *place = message_add(m, size);
  if (place && size) memcpy(place, bytes, size);
}

void message_put_int(message *m, int64_t value) { message_put(m, &value, sizeof value); }

void message_put_text(message *m, const char *text) {
  size_t length = text ? strlen(text) : 0;
  message_put_int(m, text ? (int64_t)length : -1);
  if (text) message_put(m, text, length + 1);
}

/* ------------------------------------------------------------------------------------------------ reading */
const void *message_take(message *m, size_t bytes) {
  if (m->failed || bytes > m->size - m->at || padded(bytes) > m->size - m->at) {
    m->failed = true;
    return NULL;
  }
  const char *place = m->bytes + m->at;
  m->at += padded(bytes);
  return place;
}

bool message_copy(message *m, void *to, size_t bytes) {
  const void *from = message_take(m, bytes);
  if (from && bytes) memcpy(to, from, bytes);
  return from != NULL;
}

int64_t message_take_int(message *m, int64_t low, int64_t high) {
  int64_t value = low;
  if (!message_copy(m, &value, sizeof value)) return low;
  if (value >= low && value <= high) return value;
  m->failed = true;
  return low;
}

const char *message_take_text(message *m) {
  int64_t length = message_take_int(m, -1, INT64_MAX / 2);
  if (m->failed || length < 0) return NULL;
  const char *text = message_take(m, (size_t)length + 1);
  if (text && text[length]) m->failed = true;
  return m->failed ? NULL : text;
}

void *message_room(message *m, size_t count, size_t bytes) {
  void *room = calloc(count, bytes);
  if (!room) m->failed = m->no_memory = true;
  return room;
}

int message_take_count(message *m, size_t least) {
  size_t most = (m->size - m->at) / least;
  return (int)message_take_int(m, 0, most < INT_MAX ? (int64_t)most : INT_MAX);
}
