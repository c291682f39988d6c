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

/* How many rows from i downwards form one dense group: each row's last column is the row before it, and their other
 * columns agree. A serial chain of joints is such a group. */
KERNEL int group_of_rows(pattern p, int i, int most) {
  int size = 1;
  while (size < most && i - size >= 0) {
    int above = i - size + 1, count = p.start[above + 1] - p.start[above];
    if (count == 0 || p.column[p.start[above + 1] - 1] != above - 1) break;
    if (p.start[above] - p.start[above - 1] != count - 1) break;
    size++;
  }
  return size;
}

/* Eliminates row i from the rows of its group, which reaches down to row first. */
KERNEL void eliminate_in_group(pattern p, int i, int first, real *A, real *inverse) {
  const int32_t *column = p.column + p.start[i];
  int count = p.start[i + 1] - p.start[i];
  const real *row = A + triangle(i, 0);
  *inverse = splat(1) / row[i];
  for (int j = i - 1; j >= first; j--) { /* the group's own columns are the last of the row: those beyond j end it */
    real scaled = row[j] * *inverse;
    real *target = A + triangle(j, 0);
    EACH(b, count - (i - 1 - j)) target[column[b]] = fnmadd(scaled, row[column[b]], target[column[b]]);
    SYNC();
  }
}

enum { GROUP = 4 };

/* Subtracts what size rows of a group contribute to the rows of their common columns. Every target takes the same
 * operations in the same order as if the rows were eliminated one by one; taking them together only saves loads and
 * stores. */
KERNEL void eliminate_group(const int32_t *column, int count, int i, int size, real *A, const real *inverse) {
  const real *row[GROUP];
  for (int k = 0; k < size; k++) row[k] = A + triangle(i - k, 0);
  EACH(a, count) {
    real *target = A + triangle(column[a], 0);
    real scaled[GROUP];
    for (int k = 0; k < size; k++) scaled[k] = row[k][column[a]] * inverse[k];
    for (int b = 0; b <= a; b++) {
      int c = column[b];
      real sum = target[c];
      for (int k = 0; k < size; k++) sum = fnmadd(scaled[k], row[k][c], sum);
      target[c] = sum;
    }
  }
  SYNC();
}

/* A becomes its factors in place: D L below the diagonal, 1/D on it. (Rows are not divided by D: solving does that once
 * for each row instead of once for each entry.) */
STAGE void factorize(pattern p, int n, real *A) {
  for (int i = n - 1; i >= 0;) {
    int size = group_of_rows(p, i, GROUP), first = i - size + 1;
    real inverse[GROUP];
    for (int k = 0; k < size; k++) eliminate_in_group(p, i - k, first, A, inverse + k);
    const int32_t *column = p.column + p.start[first];
    int count = p.start[first + 1] - p.start[first];
    switch (size) {
      case 1: eliminate_group(column, count, i, 1, A, inverse); break;
      case 2: eliminate_group(column, count, i, 2, A, inverse); break;
      case 3: eliminate_group(column, count, i, 3, A, inverse); break;
      default: eliminate_group(column, count, i, 4, A, inverse);
    }
    if (LANE_OWNS_ITEM_0())
      for (int k = 0; k < size; k++) A[triangle(i - k, i - k)] = inverse[k];
    SYNC();
    i -= size;
  }
}

/* x = A^-1 x, with A factorized. */
STAGE void solve_in_place(pattern p, int n, const real *factors, real *x) {
  for (int i = n - 1; i >= 0; i--) {
    const int32_t *column = p.column + p.start[i];
    int count = p.start[i + 1] - p.start[i];
    const real *row = factors + triangle(i, 0);
    real xi = x[i] * row[i];
    SYNC();
    EACH(a, count) x[column[a]] = fnmadd(row[column[a]], xi, x[column[a]]);
    if (LANE_OWNS_ITEM_0()) x[i] = xi;
    SYNC();
  }
  for (int i = 0; i < n; i++) {
    const int32_t *column = p.column + p.start[i];
    int count = p.start[i + 1] - p.start[i];
    const real *row = factors + triangle(i, 0);
    if (LANE_OWNS_ITEM_0()) {
      /* Two sums, because one chain of dependent operations would wait for each. Which sum an entry joins follows from its
       * column, never from its place in the pattern: that place depends on the neighbouring lanes. */
      real even = zero(), odd = zero();
      for (int a = 0; a < count; a++) {
        if (column[a] & 1) odd = fmadd(row[column[a]], x[column[a]], odd);
        else even = fmadd(row[column[a]], x[column[a]], even);
      }
      x[i] = fnmadd(row[i], even + odd, x[i]);
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
