/* Items of one world that do not depend on each other: the threads of a warp on CUDA, loops elsewhere. lane.h includes
 * this file where the lanes themselves are not threads. */
#ifndef MYR_LANE_ITEMS_H
#define MYR_LANE_ITEMS_H

#include "kernels/lane/lane_target.h"

/*   EACH(i, n), SYNC()              see lane.h
 *   EACH_TOGETHER(i, n)             like EACH, but all items stay in the loop to the end, so that its body may claim.
 *                                   In the last round i may be n or more
 *   EACH_ROW(i, n) EACH_COLUMN(j, n)  the second inside the first: the entries of a matrix
 *   EACH_TRIANGLE_ROW(i, n) EACH_TRIANGLE_COLUMN(j, i)  the same, entries with j <= i < n
 *   LANE_OWNS_ITEM_0()              whether this is item 0, which does the work that is done only once
 *   ITEMS                           the number of items that work at once
 *   ROWS_AT_ONCE                    the number of rows of a matrix to eliminate together */
#ifdef ON_A_WARP
#define EACH(i, n) for (int i = item_index(); i < (n); i += ITEMS)
#define EACH_TOGETHER(i, n) for (int i = item_index(); i - item_index() < (n); i += ITEMS)
#define EACH_ROW(i, n) for (int i = item_index() / 8; i < (n); i += 4)
#define EACH_COLUMN(j, n) for (int j = item_index() % 8; j < (n); j += 8)
#define EACH_TRIANGLE_ROW(i, n)                                                        \
  for (int i = first_triangle_row(), column_of_##i = first_triangle_column(); i < (n); \
       next_triangle_entry(&i, &column_of_##i))
#define EACH_TRIANGLE_COLUMN(j, i) for (int j = column_of_##i, done_##j = 0; !done_##j; done_##j = 1)
#define LANE_OWNS_ITEM_0() (item_index() == 0)
enum { ITEMS = 32, ROWS_AT_ONCE = 1 };
KERNEL int item_index(void) { return thread_of_warp(); }
/* The row and the column of entry number i when the entries of a triangle are counted by rows. */
KERNEL int first_triangle_row(void) {
  int e = item_index();
  return (e >= 1) + (e >= 3) + (e >= 6) + (e >= 10) + (e >= 15) + (e >= 21) + (e >= 28);
}
KERNEL int first_triangle_column(void) {
  int i = first_triangle_row();
  return item_index() - i * (i + 1) / 2;
}
KERNEL void next_triangle_entry(int *i, int *j) {
  for (*j += ITEMS; *j > *i;) *j -= ++*i;
}
/* A place in a list for each item that wants one, in the order of items. count is the list's length, equal in all
 * threads. */
KERNEL int claim_in_order(int wanted, int *count) {
  uint32_t wanting = threads_that(wanted);
  int place = *count + count_bits(wanting & ((1u << item_index()) - 1u));
  *count += count_bits(wanting);
  return place;
}
/* The same, but each item claims several adjacent places; the result is the first of them. */
KERNEL int claim_several_in_order(int wanted, int *count) {
  int item = item_index(), sum = wanted; /* of the items up to this one */
  for (int distance = 1; distance < 32; distance *= 2) {
    int before = take_from_thread(sum, item < distance ? item : item - distance);
    if (item >= distance) sum += before;
  }
  int place = *count + sum - wanted;
  *count += take_from_thread(sum, 31);
  return place;
}
/* The lanes in which the condition holds for at least one item. */
KERNEL mask in_any_item(mask m) { return threads_that(m) != 0; }
/* A sum over the items of an EACH in their order: every item gives its share once. After a SYNC all items add the first
 * share, the second and so on to the start value, and get the same sum. shares (one for each item) is scratch. */
KERNEL void give_share(real *shares, int i, real share, real *sum) {
  (void)sum;
  shares[i] = share;
}
KERNEL real sum_of_shares(const real *shares, int n, real sum) {
  for (int i = 0; i < n; i++) sum = sum + shares[i];
  return sum;
}
#ifndef MYR_DOUBLE /* threads give each other 32 bits */
/* The sum of a[i] b[i], in eight interleaved parts that are then added in pairs. */
KERNEL real dot(const real *a, const real *b, int n) {
  real sum = 0;
  for (int i = item_index() % 8; i < n; i += 8) sum = fmadd(a[i], b[i], sum);
  for (int distance = 4; distance > 0; distance /= 2)
    sum = sum + real_of_bits(take_from_thread(bits_of_real(sum), item_index() ^ distance));
  return sum;
}
#endif
#else
#define EACH(i, n) for (int i = 0; i < (n); i++)
#define EACH_TOGETHER(i, n) EACH(i, n)
#define EACH_ROW(i, n) EACH(i, n)
#define EACH_COLUMN(j, n) EACH(j, n)
#define EACH_TRIANGLE_ROW(i, n) EACH(i, n)
#define EACH_TRIANGLE_COLUMN(j, i) for (int j = 0; j <= (i); j++)
#define LANE_OWNS_ITEM_0() 1
enum { ITEMS = 1, ROWS_AT_ONCE = 4 };
KERNEL int item_index(void) { return 0; }
KERNEL int claim_in_order(int wanted, int *count) {
  int place = *count;
  *count += wanted != 0;
  return place;
}
KERNEL int claim_several_in_order(int wanted, int *count) {
  int place = *count;
  *count += wanted;
  return place;
}
KERNEL mask in_any_item(mask m) { return m; }
KERNEL void give_share(real *shares, int i, real share, real *sum) {
  (void)shares, (void)i;
  *sum = *sum + share;
}
KERNEL real sum_of_shares(const real *shares, int n, real sum) {
  (void)shares, (void)n;
  return sum;
}
KERNEL real dot(const real *a, const real *b, int n) {
  real part[8];
  for (int k = 0; k < 8; k++) part[k] = zero();
  int i = 0;
  for (; i + 8 <= n; i += 8)
    for (int k = 0; k < 8; k++) part[k] = fmadd(a[i + k], b[i + k], part[k]);
  for (int k = 0; k < 8; k++)
    if (i + k < n) part[k] = fmadd(a[i + k], b[i + k], part[k]);
  return ((part[0] + part[4]) + (part[2] + part[6])) + ((part[1] + part[5]) + (part[3] + part[7]));
}
#endif

#endif
