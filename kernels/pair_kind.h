/* Floor 1, public: the kinds of pairs of geoms that can touch, one for each line of collide.def. */
#ifndef MYR_PAIR_KIND_H
#define MYR_PAIR_KIND_H

#include "kernels/shape.h"

enum myr_pair_kind {
#define GEOM_PAIR(first, second, function, contacts) MYR_PAIR_##first##_##second,
#include "kernels/collide.def"
  MYR_PAIR_KIND_COUNT
};

/* As large as the largest member, so its size is the most contacts of any kind. */
union myr_pair_contacts {
#define GEOM_PAIR(first, second, function, contacts) char of_##first##_##second[contacts];
#include "kernels/collide.def"
};
enum {
  MYR_PAIR_MOST_CONTACTS = sizeof(union myr_pair_contacts),
};

/* The most contacts that a pair of this kind can have; 0 for no kind. */
static inline int myr_pair_kind_contacts(int kind) {
  static const int most[MYR_PAIR_KIND_COUNT] = {
#define GEOM_PAIR(first, second, function, contacts) contacts,
#include "kernels/collide.def"
  };
  return kind >= 0 && kind < MYR_PAIR_KIND_COUNT ? most[kind] : 0;
}

/* The kind of a pair of geoms of these types (enum myr_geom_type), or -1 if there is none. *swapped becomes 1 if the
 * narrow phase takes the second geom as its first, else 0. */
static inline int myr_pair_kind_of(int type1, int type2, int *swapped) {
  static const int types[MYR_PAIR_KIND_COUNT][2] = {
#define GEOM_PAIR(first, second, function, contacts) {MYR_GEOM_##first, MYR_GEOM_##second},
#include "kernels/collide.def"
  };
  for (int kind = 0; kind < MYR_PAIR_KIND_COUNT; kind++) {
    *swapped = !(type1 == types[kind][0] && type2 == types[kind][1]);
    if (type1 == types[kind][*swapped] && type2 == types[kind][!*swapped]) return kind;
  }
  *swapped = 0;
  return -1;
}

#endif
