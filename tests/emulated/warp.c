/* The items of a warp are fibers. Each has a stack of its own, which makecontext makes once and later runs use again. A
 * fiber that waits at a sync jumps to the next fiber of the round, and the last fiber of a round draws the order of the
 * next round.
 *
 * A jump between fibers is a longjmp, which takes nanoseconds. swapcontext is slower, because it asks the operating
 * system for the signal mask each time; it is used only under ThreadSanitizer, which cannot follow a longjmp. Every
 * jump is announced to the sanitizers. */
#undef _FORTIFY_SOURCE /* whose longjmp refuses to go to another stack */
#include "tests/emulated/warp.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

/* The stack is large because a thread's scratch lies on it, and because kernels without optimization or under a
 * sanitizer have large frames. The guard lies below the stack, and nobody may touch it. */
enum { STACK_BYTES = 1 << 20, GUARD_BYTES = 256 << 10 };

/* How an item ends its turn. */
enum meeting { SYNC, VOTE, SHUFFLE, END };
static const char *const meeting_names[] = {"syncs", "votes", "shuffles", "ends"};

typedef struct fiber {
  ucontext_t context;
  jmp_buf place; /* where it goes on, once started */
  int started;
  int item;
  void *memory;    /* of its stack and the guard below */
  void *sanitizer; /* a sanitizer's own handle */
  const void *stack_bottom;
  size_t stack_bytes;
} fiber;

typedef struct warp {
  fiber caller; /* whoever called warp_run */
  fiber fibers[WARP_MOST_ITEMS];
  fiber *running, *left; /* the one that runs and the one before it */
  int order[WARP_MOST_ITEMS];
  int items, turn; /* turn: how many have had theirs in this round */
  enum meeting meeting;
  void (*body)(void *argument);
  void *argument;
  uint64_t random;
  uint32_t voting, voted;             /* votes of this round, and of the last */
  uint32_t given[2][WARP_MOST_ITEMS]; /* what items give in even and in odd rounds */
  unsigned round;
  unsigned barriers; /* rounds that order memory */
  char barrier[2];   /* for ThreadSanitizer, which knows them by address: of even and of odd ones */
  long syncs;        /* of this run */
} warp;

static _Thread_local warp *warp_of_thread;
static pthread_key_t key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void fail(const char *message) {
  fprintf(stderr, "warp: %s\n", message);
  abort();
}

/* ------------------------------------------------------------------------------------------------ sanitizers */
#if defined(__SANITIZE_THREAD__)
#define UNWATCHED __attribute__((no_sanitize("thread"))) /* fibers are one thread, so the warp itself needs no locks */
static void create_handle(fiber *f) { f->sanitizer = __tsan_create_fiber(0); }
static void destroy_handle(fiber *f) { __tsan_destroy_fiber(f->sanitizer); }
static void note_caller(fiber *f) { f->sanitizer = __tsan_get_current_fiber(); }
UNWATCHED static void before_leaving(fiber *from, fiber *to) {
  (void)from;
  __tsan_switch_to_fiber(to->sanitizer, __tsan_switch_to_fiber_no_sync);
}
static void after_arriving(warp *w) { (void)w; }
/* Tells ThreadSanitizer that everything before a barrier happened before everything after it. Two barriers take turns,
 * because an item that continues late must not see what early items have done since. */
UNWATCHED static void release_next_barrier(warp *w) { __tsan_release(&w->barrier[(w->barriers + 1) & 1]); }
UNWATCHED static void acquire_last_barrier(warp *w) { __tsan_acquire(&w->barrier[w->barriers & 1]); }
#else
#define UNWATCHED
static void create_handle(fiber *f) { (void)f; }
static void note_caller(fiber *f) { (void)f; }
static void release_next_barrier(warp *w) { (void)w; }
static void acquire_last_barrier(warp *w) { (void)w; }
#if defined(__SANITIZE_ADDRESS__)
/* Makes the whole stack accessible again, because the next owner of this memory knows nothing of the frames on it. */
static void destroy_handle(fiber *f) { __asan_unpoison_memory_region(f->stack_bottom, f->stack_bytes); }
static void before_leaving(fiber *from, fiber *to) {
  __sanitizer_start_switch_fiber(&from->sanitizer, to->stack_bottom, to->stack_bytes);
}
/* Stores the bounds of the stack that was left, because the sanitizer is the only one that knows those of the
 * caller. */
static void after_arriving(warp *w) {
  __sanitizer_finish_switch_fiber(w->running->sanitizer, &w->left->stack_bottom, &w->left->stack_bytes);
}
#else
static void destroy_handle(fiber *f) { (void)f; }
static void before_leaving(fiber *from, fiber *to) { (void)from, (void)to; }
static void after_arriving(warp *w) { (void)w; }
#endif
#endif

/* ------------------------------------------------------------------------------------------------ fibers */
/* Jumps from one fiber to another. Returns when some fiber jumps back. */
UNWATCHED static void jump(warp *w, fiber *from, fiber *to) {
  w->running = to, w->left = from;
  before_leaving(from, to);
#if defined(__SANITIZE_THREAD__)
  swapcontext(&from->context, &to->context);
#else
  if (!_setjmp(from->place)) {
    if (to->started) _longjmp(to->place, 1);
    to->started = 1;
    setcontext(&to->context);
  }
#endif
  after_arriving(w);
}

UNWATCHED static void draw_order(warp *w) {
  for (int i = w->items - 1; i > 0; i--) { /* Fisher and Yates, with splitmix64 */
    uint64_t z = (w->random += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    int j = (int)((z ^ (z >> 31)) % (uint64_t)(i + 1));
    int other = w->order[j];
    w->order[j] = w->order[i], w->order[i] = other;
  }
}

UNWATCHED static void check_meeting(const warp *w, enum meeting meeting) {
  if (w->turn == 0 || meeting == w->meeting) return;
  char message[128];
  snprintf(message, sizeof message, "item %d %s where item %d %s, after %ld syncs", w->running->item,
           meeting_names[meeting], w->order[0], meeting_names[w->meeting], w->syncs);
  fail(message);
}

static int orders_memory(enum meeting meeting) { return meeting == SYNC || meeting == END; }

/* Begins the next round. Returns the fiber that runs first in it. */
UNWATCHED static fiber *begin_round(warp *w) {
  w->round++;
  w->barriers += orders_memory(w->meeting);
  w->turn = 0;
  w->voted = w->voting, w->voting = 0;
  if (w->meeting == END) return &w->caller;
  w->syncs += w->meeting == SYNC;
  draw_order(w);
  return w->fibers + w->order[0];
}

/* Ends the turn of the running item. Returns when all items have met. */
UNWATCHED static void meet(warp *w, enum meeting meeting) {
  fiber *self = w->running;
  check_meeting(w, meeting);
  w->meeting = meeting;
  if (orders_memory(meeting)) release_next_barrier(w);
  fiber *next = ++w->turn == w->items ? begin_round(w) : w->fibers + w->order[w->turn];
  if (next != self) jump(w, self, next);
  if (orders_memory(meeting)) acquire_last_barrier(w);
}

UNWATCHED static void fiber_main(void) {
  warp *w = warp_of_thread;
  after_arriving(w);
  acquire_last_barrier(w);
  for (;;) {
    w->body(w->argument);
    meet(w, END);
  }
}

static void make_fiber(fiber *f, int item) {
  f->item = item;
  f->memory = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  char *stack = (char *)f->memory + GUARD_BYTES;
  if (f->memory == MAP_FAILED || mprotect(stack, STACK_BYTES, PROT_READ | PROT_WRITE) || getcontext(&f->context))
    fail("out of memory");
  f->context.uc_stack.ss_sp = stack;
  f->context.uc_stack.ss_size = STACK_BYTES;
  f->stack_bottom = stack;
  f->stack_bytes = STACK_BYTES;
  makecontext(&f->context, fiber_main, 0);
  create_handle(f);
}

/* ------------------------------------------------------------------------------------------------ warps */
static void destroy_warp(void *memory) {
  warp *w = memory;
  for (int i = 0; i < WARP_MOST_ITEMS && w->fibers[i].memory; i++) {
    destroy_handle(w->fibers + i);
    munmap(w->fibers[i].memory, GUARD_BYTES + STACK_BYTES);
  }
  free(w);
}

/* The key's destructor frees the warp of a thread that ends. The warp of the main thread stays until the program
 * ends. */
static void create_key(void) {
  if (pthread_key_create(&key, destroy_warp)) fail("no key for a thread's warp");
}

static void make_warp(void) {
  pthread_once(&key_once, create_key);
  warp_of_thread = calloc(1, sizeof *warp_of_thread);
  if (!warp_of_thread || pthread_setspecific(key, warp_of_thread)) fail("out of memory");
  warp_of_thread->caller.started = 1;
}

UNWATCHED void warp_run(int items, void (*body)(void *), void *argument, uint64_t seed) {
  if (!warp_of_thread) make_warp();
  warp *w = warp_of_thread;
  if (items < 1 || items > WARP_MOST_ITEMS) fail("more items than a warp may have, or none");
  if (w->running && w->running != &w->caller) fail("a body runs another warp");
  for (int i = 0; i < items; i++) {
    if (!w->fibers[i].memory) make_fiber(w->fibers + i, i);
    w->order[i] = i;
  }
  w->items = items;
  w->body = body;
  w->argument = argument;
  w->random = seed;
  w->syncs = 0;
  note_caller(&w->caller);
  release_next_barrier(w);
  w->barriers++;
  draw_order(w);
  jump(w, &w->caller, w->fibers + w->order[0]);
  acquire_last_barrier(w);
}

UNWATCHED int warp_item(void) { return warp_of_thread->running->item; }

UNWATCHED void warp_sync(void) { meet(warp_of_thread, SYNC); }

UNWATCHED uint32_t warp_ballot(int wanted) {
  warp *w = warp_of_thread;
  int item = w->running->item;
  if (wanted && item < 32) w->voting |= (uint32_t)1 << item;
  meet(w, VOTE);
  return w->voted;
}

UNWATCHED uint32_t warp_shuffle(uint32_t value, int from) {
  warp *w = warp_of_thread;
  uint32_t *given = w->given[w->round & 1]; /* the other one is still being read */
  given[w->running->item] = value;
  meet(w, SHUFFLE);
  if (from < 0 || from >= w->items) fail("a value of an item that does not exist");
  return given[from];
}

UNWATCHED long warp_syncs(void) { return warp_of_thread ? warp_of_thread->syncs : 0; }
