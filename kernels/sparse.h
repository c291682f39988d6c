/* Symmetric positive definite matrices stored as a lower triangle by rows, of which only some entries are not zero.
 *
 * The pattern lists for every row the columns left of the diagonal. Factorizing as L' D L from the last row to the first
 * creates no new entries when the pattern is that of a tree (each row holds its dof's ancestors; Featherstone 2005,
 * "Efficient factorization of the joint-space inertia matrix for branched kinematic trees"), or when it has been closed
 * by close_pattern. An entry that is in the pattern only because another lane needs it holds an exact zero and changes
 * nothing. */
#ifndef MYR_SPARSE_H
#define MYR_SPARSE_H

#include "kernels/fields.h"

typedef struct pattern {
  const int32_t *start; /* (n+1) */
  const int32_t *column; /* ascending in each row */
} pattern;

KERNEL pattern tree_pattern(const constants *m) {
  pattern p;
  p.start = m->ancestor_start;
  p.column = m->ancestor_dof;
  return p;
}

/* A becomes its factors in place: L below the diagonal, 1/D on it. */
STAGE void factorize(pattern p, int n, real *A) {
  for (int i = n - 1; i >= 0; i--) {
    const int32_t *column = p.column + p.start[i];
    int count = p.start[i + 1] - p.start[i];
    real *row = A + triangle(i, 0);
    real inverse = splat(1) / row[i];
    EACH(a, count) {
      real *target = A + triangle(column[a], 0);
      real scaled = row[column[a]] * inverse;
      for (int b = 0; b <= a; b++) target[column[b]] = fnmadd(scaled, row[column[b]], target[column[b]]);
    }
    SYNC();
    EACH(a, count) row[column[a]] = row[column[a]] * inverse;
    if (LANE_OWNS_ITEM_0()) row[i] = inverse;
    SYNC();
  }
}

/* x = A^-1 x, with A factorized. */
STAGE void solve_in_place(pattern p, int n, const real *factors, real *x) {
  for (int i = n - 1; i >= 0; i--) {
    const int32_t *column = p.column + p.start[i];
    int count = p.start[i + 1] - p.start[i];
    const real *row = factors + triangle(i, 0);
    real xi = x[i];
    EACH(a, count) x[column[a]] = fnmadd(row[column[a]], xi, x[column[a]]);
    SYNC();
  }
  EACH(i, n) x[i] = x[i] * factors[triangle(i, i)];
  SYNC();
  for (int i = 0; i < n; i++) {
    const int32_t *column = p.column + p.start[i];
    int count = p.start[i + 1] - p.start[i];
    const real *row = factors + triangle(i, 0);
    if (LANE_OWNS_ITEM_0()) {
      /* Two sums, because one chain of dependent operations would wait for each. Which sum an entry joins follows from its
       * column, never from its place in the pattern: that place depends on the neighbouring lanes. */
      real even = x[i], odd = zero();
      for (int a = 0; a < count; a++) {
        if (column[a] & 1) odd = fnmadd(row[column[a]], x[column[a]], odd);
        else even = fnmadd(row[column[a]], x[column[a]], even);
      }
      x[i] = even + odd;
    }
    SYNC();
  }
}

/* y = A x, with A not factorized. */
STAGE void multiply(pattern p, int n, const real *A, const real *x, real *y) {
  EACH(i, n) y[i] = A[triangle(i, i)] * x[i];
  SYNC();
  for (int i = 0; i < n; i++) {
    const int32_t *column = p.column + p.start[i];
    int count = p.start[i + 1] - p.start[i];
    const real *row = A + triangle(i, 0);
    if (LANE_OWNS_ITEM_0()) {
      real sum = zero(), xi = x[i];
      for (int a = 0; a < count; a++) {
        sum = fmadd(row[column[a]], x[column[a]], sum);
        y[column[a]] = fmadd(row[column[a]], xi, y[column[a]]);
      }
      y[i] = y[i] + sum;
    }
    SYNC();
  }
}

/* Copies the entries of a pattern, the diagonal included. */
STAGE void copy_entries(pattern p, int n, const real *from, real *to) {
  EACH(i, n) {
    int base = triangle(i, 0);
    for (int a = p.start[i]; a < p.start[i + 1]; a++) to[base + p.column[a]] = from[base + p.column[a]];
    to[base + i] = from[base + i];
  }
  SYNC();
}

KERNEL real dot(const real *a, const real *b, int n) {
  real even = zero(), odd = zero();
  int i = 0;
  for (; i + 1 < n; i += 2) {
    even = fmadd(a[i], b[i], even);
    odd = fmadd(a[i + 1], b[i + 1], odd);
  }
  if (i < n) even = fmadd(a[i], b[i], even);
  return even + odd;
}

#endif
