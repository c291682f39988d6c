/* The one file that defines what a lane is on each target.
 *
 * Every kernel is written once, as if for a single world, over the types below. A translation unit defines LANES
 * (16, 8, 4 or 1) and, for the reference build, MYR_DOUBLE, before it includes any kernel header; nvcc defines
 * __CUDACC__; tests define MYR_EMULATED_WARP to run one world's items as CUDA does. In kernels/ only this file and its
 * parts, lane_*.h, may test a target macro.
 *
 *   scalar   float, or double in the reference build
 *   real     LANES scalars, one for each world of a tile; on CUDA one scalar, because there a world is a warp
 *   mask     one truth value per lane; combine with & and |, negate with mask_not
 *   integer  LANES 32-bit integers; + - * & | ^ << >> work lane by lane
 *   wide     LANES 64-bit integers, with the same operators
 *   EACH     items of one world that do not depend on each other: a loop on a CPU, the threads of a warp on CUDA (a loop
 *            where MYR_WORLD_PER_THREAD is defined)
 *   SYNC     after it, any item may read the values that EACH wrote before it
 *
 * On CUDA all threads of the warp execute the code outside EACH; each has its own variables, and they hold the same
 * values. Item number i runs on the same thread in every EACH, so it needs no SYNC to read the values it wrote itself.
 *
 * The float policy (kernels/README.md, "Determinism"): the compiler contracts nothing, so a*b + c rounds twice and only
 * fmadd, fnmadd and fmsub round once; division and square root are correctly rounded on every target. Equal inputs
 * therefore give equal bits on every target. */
#ifndef MYR_LANE_H
#define MYR_LANE_H

#include "kernels/lane/lane_target.h"

#if defined(MYR_WARP_OF_LANES)
#include "kernels/lane/lane_warp.h"
#elif defined(__CUDACC__)
#undef LANES
#define LANES 1
#elif !defined(LANES)
#error "define LANES (1, 4, 8 or 16) before including a kernel header"
#elif defined(ON_A_WARP) && LANES != 1
#error "an emulated warp steps one world: LANES must be 1"
#endif

#if LANES == 1
#include "kernels/lane/lane_one.h"
#elif !defined(MYR_WARP_OF_LANES)
#include "kernels/lane/lane_vector.h"
#endif

#ifndef LANES_ARE_THREADS
#define LANES_ARE_THREADS 0 /* 1: lane_of_thread() is the only lane whose values the calling thread has */
KERNEL int lane_of_thread(void) { return 0; }
KERNEL scalar lane_get_own(const real *x) { return lane_get(x, 0); }
KERNEL int32_t lane_get_own_integer(const integer *x) { return lane_get_integer(x, 0); }
/* Element i of the array that `count` consecutive reals form with all their lanes. */
KERNEL real gather_from_lanes(const real *reals, int count, integer i) {
  (void)count;
  return gather((const scalar *)reals, i);
}
KERNEL integer igather_from_lanes(const integer *integers, int count, integer i) {
  (void)count;
  return igather((const int32_t *)integers, i);
}
#endif

/* ------------------------------------------------------------------------------------ the same on every target */
KERNEL real zero(void) { return splat(0); }
KERNEL mask gt(real a, real b) { return lt(b, a); }
KERNEL mask ge(real a, real b) { return le(b, a); }
#ifndef NATIVE_MINIMUM
KERNEL real minimum(real a, real b) { return choose(lt(b, a), b, a); } /* a when either is NaN, or both are zero */
KERNEL real maximum(real a, real b) { return choose(lt(a, b), b, a); } /* a when either is NaN, or both are zero */
#endif
KERNEL scalar smaller(scalar a, scalar b) { return b < a ? b : a; } /* the same of two numbers that all lanes share */
KERNEL scalar larger(scalar a, scalar b) { return a < b ? b : a; }
KERNEL integer integer_minimum(integer a, integer b) { return ichoose(ilt(b, a), b, a); }
KERNEL integer integer_maximum(integer a, integer b) { return ichoose(ilt(a, b), b, a); }
/* low where x is NaN, so that a clamped number can be an index. It costs nothing: only the operands' order decides. A NaN
 * that must be noticed later needs the other order. */
KERNEL real clamp(real x, real low, real high) { return minimum(maximum(low, x), high); }
KERNEL real absolute(real x) { return maximum(x, -x); } /* x itself where it is NaN or a zero of either sign */
/* The largest integer that is not above x; |x| below 2^31. */
KERNEL real floor_of(real x) {
  real r = nearest_integer(x);
  return r - choose(lt(x, r), splat(1), zero());
}
/* The fractional part of x, in 0..1: 1 where x is just below an integer, 0 where x is infinite or NaN. */
KERNEL real fraction_of(real x) { return maximum(zero(), x - floor_of(x)); }
KERNEL real mask_to_real(mask m) { return choose(m, splat(1), zero()); }
KERNEL mask real_to_mask(real x) { return mask_not(eq(x, zero())); }
/* True in the lanes whose value is neither infinite nor NaN: only then is x - x zero. */
KERNEL mask is_finite(real x) { return eq(x - x, zero()); }

#if !LANES_ARE_THREADS
#include "kernels/lane/lane_items.h"
#endif

#endif
