/* Reciprocals for colour, where six digits are plenty and a vector's division and square root take longer than all the
 * arithmetic around them. Made of integer operations and Newton steps, so that every target gets the same bits, unlike
 * the instructions of that name. Geometry does not use them.
 *
 * The first guess reads the float's bits as a piecewise linear logarithm. A Newton step errs to one side only; each
 * step's constants are raised by half of its largest error, which halves that (Moroz et al., "Fast calculation of inverse
 * square root with the use of magic constant", 2018; the constants here were fitted for this file). */
#ifndef MYR_APPROXIMATE_H
#define MYR_APPROXIMATE_H

#include "kernels/lane.h"

/* 1/sqrt(x) within 8e-7, relative, for normal x > 0; large and finite for 0. */
KERNEL real inverse_square_root(real x) {
  real y = real_of_bits(isplat(0x5f376908) - (bits_of_real(x) >> 1));
  y = y * fnmadd(x * y, y * splat(0.50043818f), splat(1.50131454f));
  return y * fnmadd(x * y, y * splat(0.50000031f), splat(1.50000094f));
}

/* sqrt(x) likewise; 0 for 0. */
KERNEL real approximate_square_root(real x) { return x * inverse_square_root(x); }

/* 1/x within 1.1e-6, relative, for x > 0 between 1e-37 and 1e37. */
KERNEL real reciprocal(real x) {
  real y = real_of_bits(isplat(0x7ef31000) - bits_of_real(x));
  y = y * fnmadd(x, y * splat(1.00127863f), splat(2.00255726f));
  return y * fnmadd(x, y * splat(1.00000082f), splat(2.00000164f));
}

#endif
