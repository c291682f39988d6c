#include "dataset/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "kernels/clock.h"

struct writer {
  writer_description description;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t arrived;  /* an episode was submitted, or the run ends */
  pthread_cond_t advanced; /* an episode was written, or writing failed */
  episode *pending;        /* submitted episodes that wait for their turn, ascending by index */
  int64_t pending_bytes;
  episode *spare;
  int64_t next; /* the index of the episode to write next */
  int range;    /* the number of the range to which it belongs */
  bool finishing;
  atomic_bool failed;
  myr_status status;
  myr_error error;
  /* Only the writer's thread uses the members below. */
  shard *shard;
  int64_t shard_first; /* the index of its first episode */
  uint64_t *digests;   /* (shard_episodes) of the unfinished shard */
  int64_t shard_steps, shard_successes;
  XXH3_state_t *digest;
  writer_totals totals;
};

static int64_t size_of(const episode *episode) { return (int64_t)(episode->data_bytes + episode->frames.bytes.size); }

static void free_list(episode *list, const episode_schema *schema) {
  while (list) {
    episode *next = list->next;
    episode_free(list, schema);
    list = next;
  }
}

static void writer_free(writer *writer) {
  free_list(writer->pending, writer->description.contents.schema);
  free_list(writer->spare, writer->description.contents.schema);
  if (writer->digest) XXH3_freeState(writer->digest);
  free(writer->digests);
  pthread_cond_destroy(&writer->arrived);
  pthread_cond_destroy(&writer->advanced);
  pthread_mutex_destroy(&writer->mutex);
  free(writer);
}

static myr_status begin_shard(writer *writer, int64_t first, myr_error *error) {
  const writer_description *description = &writer->description;
  int64_t left = description->ranges[writer->range].last - first + 1;
  int64_t room = description->shard_episodes - first % description->shard_episodes;
  writer->shard_first = first;
  writer->shard_steps = writer->shard_successes = 0;
  return shard_create(&description->contents, description->directory, description->name, first,
                      (int)(left < room ? left : room), &writer->shard, error);
}

/* After the episode `next`, the next one of its range or the first of the following range. */
static void advance(writer *writer) {
  const writer_description *description = &writer->description;
  if (writer->next++ < description->ranges[writer->range].last) return;
  if (++writer->range < description->range_count) writer->next = description->ranges[writer->range].first;
}

static myr_status end_shard(writer *writer, int episodes, myr_error *error) {
  int64_t bytes;
  myr_status status = writer->description.claim ? claim_check(writer->description.claim, error) : MYR_OK;
  if (status) return status;
  status = shard_finish(writer->shard, &bytes, error);
  writer->shard = NULL;
  if (status) return status;
  XXH3_64bits_update(writer->digest, writer->digests, (size_t)episodes * sizeof *writer->digests);
  writer_totals *totals = &writer->totals;
  totals->episodes += episodes;
  totals->steps += writer->shard_steps;
  totals->successes += writer->shard_successes;
  totals->bytes += bytes;
  totals->shards++;
  return MYR_OK;
}

static myr_status write_episode(writer *writer, const episode *episode, myr_error *error) {
  myr_status status = writer->shard ? MYR_OK : begin_shard(writer, episode->index, error);
  if (!status) status = shard_add(writer->shard, episode, error);
  if (status) return status;
  int64_t in_shard = episode->index - writer->shard_first;
  writer->digests[in_shard] = episode->digest;
  writer->shard_steps += episode->steps;
  writer->shard_successes += episode->success;
  return shard_missing(writer->shard) ? MYR_OK : end_shard(writer, (int)in_shard + 1, error);
}

static void wait_for_episodes(writer *writer) {
  struct timespec deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_nsec += 100000000;
  if (deadline.tv_nsec >= 1000000000) {
    deadline.tv_nsec -= 1000000000;
    deadline.tv_sec++;
  }
  pthread_cond_timedwait(&writer->arrived, &writer->mutex, &deadline);
}

/* The writer's thread. It holds the mutex except while it writes or calls tick. */
static void *write_all(void *argument) {
  writer *writer = argument;
  const writer_description *description = &writer->description;
  double last_tick = 0;
  pthread_mutex_lock(&writer->mutex);
  for (;;) {
    bool in_turn = writer->pending && writer->pending->index == writer->next;
    if (in_turn && !writer->failed) {
      episode *episode = writer->pending;
      writer->pending = episode->next;
      writer->pending_bytes -= size_of(episode);
      pthread_mutex_unlock(&writer->mutex);
      myr_error error = {0};
      myr_status status = write_episode(writer, episode, &error);
      pthread_mutex_lock(&writer->mutex);
      advance(writer);
      episode->next = writer->spare;
      writer->spare = episode;
      if (status) {
        writer->status = status;
        writer->error = error;
        writer->failed = true;
      }
      pthread_cond_broadcast(&writer->advanced);
    } else if (writer->finishing) {
      break;
    } else {
      wait_for_episodes(writer);
    }
    double now = myr_clock_seconds();
    if (description->tick && now - last_tick >= 0.1) {
      last_tick = now;
      pthread_mutex_unlock(&writer->mutex);
      description->tick(description->context);
      pthread_mutex_lock(&writer->mutex);
    }
  }
  pthread_mutex_unlock(&writer->mutex);
  shard_discard(writer->shard);
  writer->shard = NULL;
  return NULL;
}

myr_status writer_create(const writer_description *description, writer **out, myr_error *error) {
  *out = NULL;
  writer *writer = calloc(1, sizeof *writer);
  if (!writer) return myr_fail(error, MYR_ERROR, "too little memory for the writer");
  writer->description = *description;
  writer->next = description->range_count ? description->ranges[0].first : 0;
  pthread_mutex_init(&writer->mutex, NULL);
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&writer->arrived, &monotonic);
  pthread_cond_init(&writer->advanced, &monotonic);
  pthread_condattr_destroy(&monotonic);
  writer->digests = calloc((size_t)description->shard_episodes, sizeof *writer->digests);
  writer->digest = XXH3_createState();
  if (writer->digest) XXH3_64bits_reset(writer->digest);
  if (!writer->digests || !writer->digest || pthread_create(&writer->thread, NULL, write_all, writer)) {
    writer_free(writer);
    return myr_fail(error, MYR_ERROR, "too little memory for the writer, or no thread to be had");
  }
  *out = writer;
  return MYR_OK;
}

episode *writer_borrow(writer *writer) {
  pthread_mutex_lock(&writer->mutex);
  episode *episode = writer->spare;
  if (episode) writer->spare = episode->next;
  pthread_mutex_unlock(&writer->mutex);
  return episode ? episode : calloc(1, sizeof *episode);
}

void writer_return(writer *writer, episode *episode) {
  if (!episode) return;
  pthread_mutex_lock(&writer->mutex);
  episode->next = writer->spare;
  writer->spare = episode;
  pthread_mutex_unlock(&writer->mutex);
}

void writer_submit(writer *writer, episode *episode) {
  pthread_mutex_lock(&writer->mutex);
  struct episode **link = &writer->pending;
  while (*link && (*link)->index < episode->index) link = &(*link)->next;
  episode->next = *link;
  *link = episode;
  writer->pending_bytes += size_of(episode);
  pthread_cond_signal(&writer->arrived);
  pthread_mutex_unlock(&writer->mutex);
}

static bool is_full(const writer *writer) {
  return writer->pending_bytes > writer->description.pending_bytes && !writer->failed;
}

bool writer_has_room(writer *writer) {
  pthread_mutex_lock(&writer->mutex);
  bool room = !is_full(writer);
  pthread_mutex_unlock(&writer->mutex);
  return room;
}

bool writer_wait(writer *writer) {
  pthread_mutex_lock(&writer->mutex);
  while (is_full(writer)) pthread_cond_wait(&writer->advanced, &writer->mutex);
  pthread_mutex_unlock(&writer->mutex);
  return !writer->failed;
}

bool writer_failed(const writer *writer) { return writer->failed; }

myr_status writer_finish(writer *writer, writer_totals *totals, myr_error *error) {
  pthread_mutex_lock(&writer->mutex);
  writer->finishing = true;
  pthread_cond_signal(&writer->arrived);
  pthread_mutex_unlock(&writer->mutex);
  pthread_join(writer->thread, NULL);
  writer->totals.digest = XXH3_64bits_digest(writer->digest);
  *totals = writer->totals;
  myr_status status = writer->status;
  if (status && error) *error = writer->error;
  writer_free(writer);
  return status;
}
