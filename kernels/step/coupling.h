/* The pattern of the Hessian's nonzero entries: the mass matrix's and, where a contact, an equality or a tendon couples two branches
 * of the tree, the coupled entries and the fill-in of elimination. */
#ifndef MYR_COUPLING_H
#define MYR_COUPLING_H

#include "kernels/step/sparse.h"

/* Whether the block joins two branches of the tree. */
KERNEL int couples_branches(const constants *m, const block *b) {
  if (b->pair >= 0) return m->pair_branches[b->pair];
  if (b->type == MYR_ROW_EQUALITY) return m->equality_branches[b->id / 2];
  return b->dof_count > 1 && b->type != MYR_ROW_LIMIT_JOINT; /* a ball joint's dofs follow one another */
}

enum { WORD = 32 }; /* bits */

KERNEL void mark_tree(const constants *m, uint32_t *bits, int words) {
  EACH(e, m->nv * words) bits[e] = (uint32_t)m->ancestor_bits[e];
}

/* The bits of a word that stand for columns below `column`. */
KERNEL uint32_t columns_below(int column, int word) {
  int count = column - WORD * word;
  return count <= 0 ? 0u : count >= WORD ? ~0u : (1u << count) - 1u;
}

/* Marks that every dof of the block couples with every other. */
KERNEL void mark_block(const block *b, uint32_t *bits, int words) {
  for (int w = 0; w < words; w++) {
    uint32_t members = 0;
    for (int c = 0; c < b->dof_count; c++)
      if (b->dofs[c] / WORD == w) members |= 1u << (b->dofs[c] % WORD);
    EACH(a, b->dof_count) bits[b->dofs[a] * words + w] |= members & columns_below(b->dofs[a], w);
  }
}

/* The last column of a row of bits, or -1. */
KERNEL int last_column(const uint32_t *row, int words) {
  int w = words - 1;
  while (w >= 0 && row[w] == 0) w--;
  return w < 0 ? -1 : WORD * w + highest_bit(row[w]);
}

/* The rule of elimination: a row's columns are also columns of the row of its last column (Liu 1990, "The role of
 * elimination trees in sparse factorization"). */
KERNEL void fill_in(uint32_t *bits, int n, int words) {
  for (int i = n - 1; i > 0; i--) {
    int last = last_column(bits + i * words, words);
    for (int w = 0; WORD * w < last; w++) bits[last * words + w] |= bits[i * words + w] & columns_below(last, w);
  }
}

/* Lists the columns of every row from the bits. */
KERNEL void list_columns(tile_lists *lists, int n, int words) {
  int entries = 0;
  EACH_TOGETHER(i, n) {
    int count = 0;
    for (int w = 0; i < n && w < words; w++) count += count_bits(lists->row_bits[i * words + w]);
    int at = claim_several_in_order(count, &entries);
    if (i >= n) continue;
    lists->row_start[i] = at;
    for (int w = 0; w < words; w++)
      for (uint32_t rest = lists->row_bits[i * words + w]; rest != 0; rest &= rest - 1)
        lists->row_dof[at++] = WORD * w + lowest_bit(rest);
  }
  if (LANE_OWNS_ITEM_0()) lists->row_start[n] = entries;
}

/* Writes the pattern of the Hessian: the tree's, extended by couplings and their fill-in. It may be read after a
 * SYNC. */
STAGE pattern close_pattern(const constants *m, fields *f) {
  tile_lists *lists = f->lists;
  mask coupled = mask_splat(0);
  int words = (m->nv + WORD - 1) / WORD;
  EACH(l, lists->joining_count)
  coupled = coupled | mask_splat(couples_branches(m, lists->blocks + lists->joining[l]));
  if (!any_lane(in_any_item(coupled))) return tree_pattern(m);
  mark_tree(m, lists->row_bits, words);
  for (int l = 0; l < lists->joining_count; l++) {
    const block *b = lists->blocks + lists->joining[l];
    if (!couples_branches(m, b)) continue;
    SYNC();
    mark_block(b, lists->row_bits, words);
  }
  SYNC();
  if (LANE_OWNS_ITEM_0()) fill_in(lists->row_bits, m->nv, words);
  SYNC();
  list_columns(lists, m->nv, words);
  pattern p;
  p.start = lists->row_start;
  p.column = lists->row_dof;
  return p;
}

#endif
