/* Sparse symmetric positive definite matrices, stored as a lower triangle by rows.
 *
 * The pattern lists for every row the columns left of the diagonal. Factorization as L' D L from the last row to the
 * first creates no new entries when the pattern is that of a tree (each row holds its dof's ancestors; Featherstone
 * 2005, "Efficient factorization of the joint-space inertia matrix for branched kinematic trees"), or when it has been
 * closed by close_pattern. An entry that is in the pattern only because another lane needs it holds an exact zero and
 * changes nothing. */
#ifndef MYR_SPARSE_H
#define MYR_SPARSE_H

#include "kernels/step/world.h"

typedef struct pattern {
  const int32_t *start;  /* (n+1) */
  const int32_t *column; /* ascending in each row */
} pattern;

KERNEL pattern tree_pattern(const constants *m) {
  pattern p;
  p.start = m->ancestor_start;
  p.column = m->ancestor_dof;
  return p;
}

/* The number of rows from i downwards that form one dense group: each row's last column is the row before it, and their
 * other columns agree. A serial chain of joints is such a group. */
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

/* A pivot of a singular matrix is rounding, which may be zero or below it. It is kept above what MuJoCo keeps its own
 * above, and in single precision also above the rounding of the mass that stands on this diagonal, because a pivot of
 * 1e-15 would make a force of 1e-7 N a hundred million m/s^2. Pivots of sound models are far above both. */
KERNEL real pivot(real value, real mass) {
  real least = splat((scalar)1e-15);
  if (sizeof(scalar) == 4) least = maximum(least, mass * splat((scalar)(1.0 / (1 << 24))));
  return choose(lt(value, least), least, value);
}

/* Eliminates row i from the rows of its group, which reaches down to row first. (A warp takes rows singly, so that
 * these loops are empty there.) */
KERNEL void eliminate_in_group(pattern p, int i, int first, const real *mass, real *A, real *inverse) {
  const int32_t *column = p.column + p.start[i];
  int count = p.start[i + 1] - p.start[i];
  const real *row = A + triangle(i, 0);
  *inverse = splat(1) / pivot(row[i], mass[triangle(i, i)]);
  for (int j = i - 1; j >= first; j--) { /* the group's own columns are the row's last; skip those after j */
    real scaled = row[j] * *inverse;
    real *target = A + triangle(j, 0);
    for (int b = 0; b < count - (i - 1 - j); b++) target[column[b]] = fnmadd(scaled, row[column[b]], target[column[b]]);
  }
}

/* Subtracts the contribution of `size` rows of a group from the rows of their common columns. Every target takes the
 * same operations in the same order as if the rows were eliminated one by one. Taking them together only saves loads
 * and stores. */
KERNEL void eliminate_group(const int32_t *column, int count, int i, int size, real *A, const real *inverse) {
  const real *row[ROWS_AT_ONCE];
  for (int k = 0; k < size; k++) row[k] = A + triangle(i - k, 0);
  EACH_TRIANGLE_ROW(a, count) {
    real *target = A + triangle(column[a], 0);
    real scaled[ROWS_AT_ONCE];
    for (int k = 0; k < size; k++) scaled[k] = row[k][column[a]] * inverse[k];
    EACH_TRIANGLE_COLUMN(b, a) {
      int c = column[b];
      real sum = target[c];
      for (int k = 0; k < size; k++) sum = fnmadd(scaled[k], row[k][c], sum);
      target[c] = sum;
    }
  }
}

/* The first half of solving: subtracts row i's part from the entries of x at its columns. */
KERNEL void substitute_row(pattern p, int i, const real *A, real inverse, real *x) {
  const int32_t *column = p.column + p.start[i];
  int count = p.start[i + 1] - p.start[i];
  const real *row = A + triangle(i, 0);
  real xi = x[i] * inverse;
  EACH(a, count) x[column[a]] = fnmadd(row[column[a]], xi, x[column[a]]);
}

/* Factorizes A in place: D L below the diagonal, 1/D on it. Rows are not divided by D, because solving divides once for
 * each row instead of once for each entry. If x is given, the first half of solving for it is done at the same time.
 * Both may be read after a SYNC. mass is the mass matrix, which is A or a part of it, and stays. */
STAGE void factorize(pattern p, int n, const real *mass, real *A, real *x) {
  for (int i = n - 1; i >= 0;) {
    int size = group_of_rows(p, i, ROWS_AT_ONCE), first = i - size + 1;
    real inverse[ROWS_AT_ONCE];
    for (int k = 0; k < size; k++) {
      eliminate_in_group(p, i - k, first, mass, A, inverse + k);
      if (x) substitute_row(p, i - k, A, inverse[k], x);
    }
    const int32_t *column = p.column + p.start[first];
    int count = p.start[first + 1] - p.start[first];
    switch (ROWS_AT_ONCE == 1 ? 1 : size) { /* constants, so that the loops over the group unroll */
    case 1: eliminate_group(column, count, i, 1, A, inverse); break;
    case 2: eliminate_group(column, count, i, 2, A, inverse); break;
    case 3: eliminate_group(column, count, i, 3, A, inverse); break;
    default: eliminate_group(column, count, i, 4, A, inverse);
    }
    SYNC();
    if (LANE_OWNS_ITEM_0())
      for (int k = 0; k < size; k++) A[triangle(i - k, i - k)] = inverse[k];
    i -= size;
  }
}

/* The first half of solving alone, with A factorized. */
STAGE void substitute_rows(pattern p, int n, const real *factors, real *x) {
  for (int i = n - 1; i >= 0; i--) {
    substitute_row(p, i, factors, factors[triangle(i, i)], x);
    SYNC();
  }
}

/* The state of a row in the second half of solving: its next entry and the sums of the entries before. Two sums are
 * faster than one, because each operation on a sum waits for the one before. The parity of the column decides the sum
 * to which an entry is added. The place in the pattern must not decide it, because it depends on the neighbouring
 * lanes. */
typedef struct unsolved {
  int next, end;
  real even, odd;
} unsolved;

KERNEL unsolved begin_row(pattern p, int i) {
  unsolved u;
  u.next = p.start[i];
  u.end = p.start[i + 1];
  u.even = u.odd = zero();
  return u;
}

KERNEL void take_entry(unsolved *u, int column, const real *row, const real *x) {
  if (column & 1)
    u->odd = fmadd(row[column], x[column], u->odd);
  else
    u->even = fmadd(row[column], x[column], u->even);
  u->next++;
}

KERNEL void end_row(const unsolved *u, int i, const real *row, real *x) {
  x[i] = fnmadd(row[i], u->even + u->odd, x[i] * row[i]);
}

/* The second half: each row is solved after the rows of its columns. */
KERNEL void solve_row(pattern p, int i, const real *factors, real *x) {
  const real *row = factors + triangle(i, 0);
  unsolved u = begin_row(p, i);
  while (u.next < u.end) take_entry(&u, p.column[u.next], row, x);
  end_row(&u, i, row, x);
}

KERNEL void solve_row_by_row(pattern p, int n, const real *factors, real *x) {
  for (int i = 0; i < n; i++) solve_row(p, i, factors, x);
}

/* The same when each item has a row: all items take their entry of one column, then that of the next. */
KERNEL void solve_column_by_column(pattern p, int n, const real *factors, real *x) {
  EACH_TOGETHER(i, n) {
    int own = i < n ? i : 0, last = i - item_index() + ITEMS - 1;
    const real *row = factors + triangle(own, 0);
    unsolved u = begin_row(p, own);
    if (i >= n)
      u.next = u.end;
    else if (u.next == u.end)
      end_row(&u, i, row, x);
    for (int column = 0; column < n - 1 && column < last; column++) {
      SYNC();
      if (u.next == u.end || p.column[u.next] != column) continue;
      take_entry(&u, column, row, x);
      if (u.next == u.end) end_row(&u, i, row, x);
    }
  }
}

KERNEL void solve_rows(pattern p, int n, const real *factors, real *x) {
  if (ITEMS == 1)
    solve_row_by_row(p, n, factors, x);
  else
    solve_column_by_column(p, n, factors, x);
}

/* x = A^-1 x; A is replaced by its factors. Both may be read after a SYNC. (Between factorization and solving none is
 * needed: after its last SYNC, factorization writes only the diagonal of the first row, and the same item reads it.) */
STAGE void solve_system(pattern p, int n, const real *mass, real *A, real *x) {
  factorize(p, n, mass, A, x);
  solve_rows(p, n, A, x);
}

/* x = A^-1 x, with A already factorized. */
STAGE void solve_in_place(pattern p, int n, const real *factors, real *x) {
  substitute_rows(p, n, factors, x);
  solve_rows(p, n, factors, x);
  SYNC();
}

/* Copies the entries of a pattern, the diagonal included. */
STAGE void copy_entries(pattern p, int n, const real *from, real *to) {
  EACH(i, n) {
    int base = triangle(i, 0);
    for (int a = p.start[i]; a < p.start[i + 1]; a++) to[base + p.column[a]] = from[base + p.column[a]];
    to[base + i] = from[base + i];
  }
}

#endif
