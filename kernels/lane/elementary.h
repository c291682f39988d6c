/* sin, cos, atan2, asin, acos, exp, log and pow over the lanes. They are our own because every target must give the
 * same bits, and no two mathematical libraries do.
 *
 * They use only the operations of lane.h, each of which rounds once and correctly. Equal inputs therefore give equal
 * bits for every number of lanes and on CUDA. Only the sign and the payload of a NaN may differ between targets.
 *
 *   function     range of the bound      float       double build (relative)
 *   sin, cos     |x| <= 1e4              2 ulp       1e-15
 *   atan2        all                     2 ulp       1e-15
 *   asin, acos   [-1, 1]                 2 ulp       1e-15
 *   exp          all                     2 ulp       1e-15     0 below, infinity above the range of scalar
 *   log          x > 0, subnormals too   2 ulp       1e-15
 *   pow          x >= 0                  2 ulp       1e-15
 * (The tests sweep these bounds; the errors they find are mostly near 1 ulp. Subnormal results may be off by one unit
 * more.)
 *
 * Beyond |x| = 1e4 the error of sin and cos grows to about 1e-6 at 1e6; beyond 1e6 the result is only some value of
 * [-1, 1]. NaN gives NaN. -0 counts as +0 everywhere, so atan2(-0, -1) is +pi.
 *
 * The polynomials are minimax fits made for this file with the Remez exchange in 60 digits, weighted for relative
 * error. The coefficients were rounded one after another from the lowest, and after each the others were fitted again.
 * The reductions are the classical ones: Cody and Waite, "Software Manual for the Elementary Functions" (1980), with
 * pairs of scalars after Dekker, "A floating-point technique for extending the available precision" (1971). */
#ifndef MYR_ELEMENTARY_H
#define MYR_ELEMENTARY_H

#include "kernels/lane/lane.h"

/* A constant for scalar = float and one for scalar = double; the compiler folds the choice. */
#ifndef BY_PRECISION
#define BY_PRECISION(single_value, double_value) ((scalar)(sizeof(scalar) == 8 ? (double_value) : (single_value)))
#endif

/* One step of Horner's rule: sum * x + coefficient. */
KERNEL real horner(real sum, real x, scalar coefficient) { return fmadd(sum, x, splat(coefficient)); }

KERNEL mask is_nan(real x) { return mask_not(eq(x, x)); }
KERNEL real infinity(void) { return splat((scalar)__builtin_inff()); }
KERNEL real not_a_number(void) { return infinity() - infinity(); }

/* 2^exponent for an integer exponent within the normal numbers of scalar. */
KERNEL real power_of_two(real exponent) {
  return bits_of_integer_shift(exponent + splat(BY_PRECISION(127.0, 1023.0)), 23);
}

/* ------------------------------------------------------------------------------------------------ sine and cosine */

/* (sin r - r) / r^3 over u = r^2, |r| <= pi/4; error in sin r 2^-28.0 (double 2^-63.2) */
KERNEL real sine_polynomial(real u) {
  real p;
  if (sizeof(scalar) == 8) {
    p = splat((scalar)-7.3797108334060141e-13);
    p = horner(p, u, (scalar)1.605412716928848e-10);
    p = horner(p, u, (scalar)-2.5052069605314259e-8);
    p = horner(p, u, (scalar)2.7557319069606938e-6);
    p = horner(p, u, (scalar)-0.00019841269840955875);
    p = horner(p, u, (scalar)0.0083333333333330383);
    return horner(p, u, (scalar)-0.16666666666666666);
  }
  p = splat((scalar)-0.000195187837);
  p = horner(p, u, (scalar)0.00833219197);
  return horner(p, u, (scalar)-0.166666552);
}

/* (cos r - 1 + r^2/2) / r^4 over u = r^2, |r| <= pi/4; error in cos r 2^-32.6 (double 2^-63.7) */
KERNEL real cosine_polynomial(real u) {
  real p;
  if (sizeof(scalar) == 8) {
    p = splat((scalar)-1.1359931763420281e-11);
    p = horner(p, u, (scalar)2.0875729273406198e-9);
    p = horner(p, u, (scalar)-2.7557314401235381e-7);
    p = horner(p, u, (scalar)2.4801587289672879e-5);
    p = horner(p, u, (scalar)-0.0013888888888874476);
    return horner(p, u, (scalar)0.041666666666666602);
  }
  p = splat((scalar)2.44306739e-5);
  p = horner(p, u, (scalar)-0.00138873013);
  return horner(p, u, (scalar)0.0416666456);
}

/* x = quarter_turns pi/2 + (r + tail), |r| <= about pi/4; quarter_turns in -2..2. pi/2 is the sum of three scalars. The
 * first subtraction is exact because of its size. The rounding error of the second (Knuth's sum of two, "The Art of
 * Computer Programming" 2, 4.2.2) goes into tail, so that r + tail keeps full relative precision next to the zeros of
 * sine and cosine, where r is close to 0. */
KERNEL void reduce_quarter_turns(real x, real *r, real *tail, real *quarter_turns) {
  const real high = splat(BY_PRECISION(1.57079637, 1.5707963267948966));
  const real middle = splat(BY_PRECISION(-4.37113883e-8, 6.123233995736766e-17));
  const real low = splat(BY_PRECISION(-1.71512451e-15, -1.4973849048591698e-33));
  real n = nearest_integer(x * splat((scalar)0.63661977236758138));
  real first = fnmadd(n, high, x);
  real product = n * middle, product_low = fmsub(n, middle, product);
  real second = first - product, taken = second - first;
  real lost = (first - (second - taken)) - (product + taken);
  mask beyond = gt(absolute(n), splat((scalar)1e6)); /* no r exists: 0 for a number, NaN for an infinity */
  *r = choose(beyond, x - x, second);
  *tail = choose(beyond, zero(), fnmadd(n, low, lost - product_low));
  *quarter_turns = fnmadd(splat(4), nearest_integer(n * splat((scalar)0.25)), n);
}

KERNEL void lane_sincos(real x, real *s, real *c) {
  real r, tail, turns;
  reduce_quarter_turns(x, &r, &tail, &turns);
  real u = r * r;
  real sine = r + fmadd(r * u, sine_polynomial(u), tail);
  real half = splat((scalar)0.5) * u;
  real head = splat(1) - half;
  real rest = fnmadd(r, tail, fmadd(u * u, cosine_polynomial(u), (splat(1) - head) - half));
  real cosine = head + rest;
  mask odd = eq(absolute(turns), splat(1));
  mask half_turn = eq(absolute(turns), splat(2));
  real s_magnitude = choose(odd, cosine, sine);
  real c_magnitude = choose(odd, sine, cosine);
  *s = choose(half_turn | eq(turns, splat(-1)), -s_magnitude, s_magnitude);
  *c = choose(half_turn | eq(turns, splat(1)), -c_magnitude, c_magnitude);
}
KERNEL real lane_sin(real x) {
  real s, c;
  lane_sincos(x, &s, &c);
  return s;
}
KERNEL real lane_cos(real x) {
  real s, c;
  lane_sincos(x, &s, &c);
  return c;
}

/* ------------------------------------------------------------------------------------------------- inverse angles */

/* (atan t - t) / t^3 over u = t^2, 0 <= t <= 1; error in atan t 2^-28.5 (double 2^-61) */
KERNEL real arctangent_polynomial(real u) {
  real p;
  if (sizeof(scalar) == 8) {
    p = splat((scalar)5.7042817321338778e-6);
    p = horner(p, u, (scalar)-7.1262535326078032e-5);
    p = horner(p, u, (scalar)0.00042397705584299632);
    p = horner(p, u, (scalar)-0.0016052588758794326);
    p = horner(p, u, (scalar)0.0043694517330528015);
    p = horner(p, u, (scalar)-0.0091842580115853879);
    p = horner(p, u, (scalar)0.015697450585066896);
    p = horner(p, u, (scalar)-0.022792705476529177);
    p = horner(p, u, (scalar)0.029294565673721323);
    p = horner(p, u, (scalar)-0.034662660330232999);
    p = horner(p, u, (scalar)0.039102706792282151);
    p = horner(p, u, (scalar)-0.043201294118742919);
    p = horner(p, u, (scalar)0.047550061366278949);
    p = horner(p, u, (scalar)-0.052617913391036594);
    p = horner(p, u, (scalar)0.058821415416473413);
    p = horner(p, u, (scalar)-0.066666417239347561);
    p = horner(p, u, (scalar)0.076923055171332785);
    p = horner(p, u, (scalar)-0.090909089566554607);
    p = horner(p, u, (scalar)0.11111111105603037);
    p = horner(p, u, (scalar)-0.14285714285578038);
    p = horner(p, u, (scalar)0.19999999999998289);
    return horner(p, u, (scalar)-0.33333333333333326);
  }
  p = splat((scalar)-0.00178214419);
  p = horner(p, u, (scalar)0.0108662713);
  p = horner(p, u, (scalar)-0.0310935341);
  p = horner(p, u, (scalar)0.0578788705);
  p = horner(p, u, (scalar)-0.0839920789);
  p = horner(p, u, (scalar)0.109508611);
  p = horner(p, u, (scalar)-0.142640144);
  p = horner(p, u, (scalar)0.199985296);
  return horner(p, u, (scalar)-0.333332986);
}

/* The angle of the vector (x, y) from the first axis, in (-pi, pi]; 0 for the zero vector.
 * The smaller coordinate over the larger gives an angle of the first eighth; the others follow by reflection. */
KERNEL real lane_atan2(real y, real x) {
  const real half_pi_high = splat(BY_PRECISION(1.57079637, 1.5707963267948966));
  const real half_pi_low = splat(BY_PRECISION(-4.37113883e-8, 6.123233995736766e-17));
  real width = absolute(x), height = absolute(y);
  mask steep = lt(width, height), backward = lt(x, zero());
  real large = choose(steep, height, width), small = choose(steep, width, height);
  real t = small / choose(eq(large, zero()), splat(1), large);
  t = choose(eq(small, infinity()), splat(1), t); /* infinity over infinity: the diagonal */
  real u = t * t;
  real eighth = fmadd(t * u, arctangent_polynomial(u), t);
  real base = choose(steep, splat(1), choose(backward, splat(2), zero())); /* quarter turns */
  mask toward_base = lt(zero(), base) & mask_not(steep & backward);
  real offset = choose(toward_base, -eighth, eighth);
  real angle = base * half_pi_high + fmadd(base, half_pi_low, offset);
  angle = choose(lt(y, zero()), -angle, angle);
  return choose(is_nan(x) | is_nan(y), x + y, angle);
}

/* (asin t - t) / t^3 over u = t^2, |t| <= 1/2; error in asin t 2^-27.6 (double 2^-55.9) */
KERNEL real arcsine_polynomial(real u) {
  real p;
  if (sizeof(scalar) == 8) {
    p = splat((scalar)0.031912725062530407);
    p = horner(p, u, (scalar)-0.016224963381067718);
    p = horner(p, u, (scalar)0.019528754228774179);
    p = horner(p, u, (scalar)0.0065277804893477294);
    p = horner(p, u, (scalar)0.012169261180000746);
    p = horner(p, u, (scalar)0.013885227095854729);
    p = horner(p, u, (scalar)0.017359705710692452);
    p = horner(p, u, (scalar)0.022371757979693728);
    p = horner(p, u, (scalar)0.030381959140308373);
    p = horner(p, u, (scalar)0.044642856828236627);
    p = horner(p, u, (scalar)0.07500000000337137);
    return horner(p, u, (scalar)0.16666666666665408);
  }
  p = splat((scalar)0.042163346);
  p = horner(p, u, (scalar)0.0241828579);
  p = horner(p, u, (scalar)0.0454693288);
  p = horner(p, u, (scalar)0.0749530941);
  return horner(p, u, (scalar)0.166667521);
}

/* asin of t, 0 <= t <= 1. *outer is set where t > 1/2: there the answer is pi/2 - 2 (*root + *rest), because asin t =
 * pi/2 - 2 asin sqrt((1 - t)/2). Elsewhere the answer is *root + *rest. Beyond 1 both are NaN. */
KERNEL void arcsine_parts(real t, mask *outer, real *root, real *rest) {
  *outer = gt(t, splat((scalar)0.5));
  real square = choose(*outer, splat((scalar)0.5) * (splat(1) - t), t * t);
  *root = choose(*outer, square_root(square), t);
  *rest = *root * square * arcsine_polynomial(square);
}
KERNEL real lane_asin(real x) {
  const real half_pi_high = splat(BY_PRECISION(1.57079637, 1.5707963267948966));
  const real half_pi_low = splat(BY_PRECISION(-4.37113883e-8, 6.123233995736766e-17));
  mask outer;
  real root, rest;
  arcsine_parts(absolute(x), &outer, &root, &rest);
  real twice = root + root, head = half_pi_high - twice, lost = (half_pi_high - head) - twice;
  real from_top = head + (lost + fnmadd(splat(2), rest, half_pi_low));
  real magnitude = choose(outer, from_top, root + rest);
  return choose(lt(x, zero()), -magnitude, magnitude);
}
/* pi/2 - asin x, in the form that does not cancel: twice the inner angle near 1, and pi minus twice the inner angle
 * near -1. */
KERNEL real lane_acos(real x) {
  const real half_pi_high = splat(BY_PRECISION(1.57079637, 1.5707963267948966));
  const real half_pi_low = splat(BY_PRECISION(-4.37113883e-8, 6.123233995736766e-17));
  mask outer, negative = lt(x, zero());
  real root, rest;
  arcsine_parts(absolute(x), &outer, &root, &rest);
  real inner = root + rest, signed_inner = choose(negative, -inner, inner);
  real middle = half_pi_high + (half_pi_low - signed_inner);
  real near_minus_one = splat(2) * half_pi_high + splat(2) * (half_pi_low - inner);
  return choose(outer, choose(negative, near_minus_one, splat(2) * inner), middle);
}

/* ------------------------------------------------------------------------------------- exponential and logarithm */

/* (exp r - 1 - r) / r^2, |r| <= ln(2)/2; error in exp r 2^-28.2 (double 2^-54.1) */
KERNEL real exponential_polynomial(real r) {
  real p;
  if (sizeof(scalar) == 8) {
    p = splat((scalar)2.5077381523062468e-8);
    p = horner(p, r, (scalar)2.7631336817507171e-7);
    p = horner(p, r, (scalar)2.7557440193300382e-6);
    p = horner(p, r, (scalar)2.4801491140953579e-5);
    p = horner(p, r, (scalar)0.00019841269588852245);
    p = horner(p, r, (scalar)0.0013888888944928563);
    p = horner(p, r, (scalar)0.0083333333334702012);
    p = horner(p, r, (scalar)0.041666666666525819);
    p = horner(p, r, (scalar)0.16666666666666441);
    return horner(p, r, (scalar)0.50000000000000111);
  }
  p = splat((scalar)0.00138384732);
  p = horner(p, r, (scalar)0.00836917944);
  p = horner(p, r, (scalar)0.0416681021);
  p = horner(p, r, (scalar)0.166665167);
  return horner(p, r, (scalar)0.49999994);
}

/* exp(x + low), |low| tiny beside max(|x|, 1). The scale 2^n is applied in two halves because then results reach down
 * into the subnormal numbers and overflow to infinity without a special case. */
KERNEL real exponential_of_pair(real x, real low) {
  const real ln2_high = splat(BY_PRECISION(0.693147182, 0.69314718055994529));
  const real ln2_low = splat(BY_PRECISION(-1.90465421e-9, 2.3190468138462996e-17));
  const real least = splat(BY_PRECISION(-105.0, -747.0)), most = splat(BY_PRECISION(89.0, 710.0));
  mask within = ge(x, least) & le(x, most);
  real bounded = choose(is_nan(x), zero(), clamp(x, least, most));
  real n = nearest_integer(bounded * splat((scalar)1.4426950408889634));
  real r = fnmadd(n, ln2_low, fnmadd(n, ln2_high, bounded)) + choose(within, low, zero());
  real fraction = splat(1) + fmadd(r * r, exponential_polynomial(r), r);
  real half = nearest_integer(n * splat((scalar)0.5));
  real result = (fraction * power_of_two(half)) * power_of_two(n - half);
  return choose(is_nan(x), x, result);
}
KERNEL real lane_exp(real x) { return exponential_of_pair(x, zero()); }

/* (ln((1 + s)/(1 - s)) - 2 s - 2/3 s^3) / s^5 over u = s^2, |s| <= 0.1716; error in the logarithm 2^-36.8 (2^-66.3) */
KERNEL real logarithm_polynomial(real u) {
  real p;
  if (sizeof(scalar) == 8) {
    p = splat((scalar)0.13196414528801675);
    p = horner(p, u, (scalar)0.13256808724371719);
    p = horner(p, u, (scalar)0.15386757697015477);
    p = horner(p, u, (scalar)0.1818178436006658);
    p = horner(p, u, (scalar)0.22222222519986151);
    p = horner(p, u, (scalar)0.28571428570099378);
    return horner(p, u, (scalar)0.40000000000002256);
  }
  p = splat((scalar)0.234197691);
  p = horner(p, u, (scalar)0.285470873);
  return horner(p, u, (scalar)0.400001526);
}

/* *high = a + b rounded, *low = the rounding error; needs |a| >= |b| or a = 0 (Dekker 1971). */
KERNEL void sum_of_ordered(real a, real b, real *high, real *low) {
  *high = a + b;
  *low = b - (*high - a);
}

/* ln x = *high + *low to about 2^-33 relative (double 2^-62), for finite x > 0: pow multiplies it by up to 89.
 * With x = m 2^e, sqrt(1/2) < m <= sqrt 2: ln x = e ln 2 + ln((1 + s)/(1 - s)), s = (m - 1)/(m + 1). */
KERNEL void logarithm_pair(real x, real *high, real *low) {
  const real ln2_high = splat(BY_PRECISION(0.693147182, 0.69314718055994529));
  const real ln2_low = splat(BY_PRECISION(-1.90465421e-9, 2.3190468138462996e-17));
  const real two_thirds = splat(BY_PRECISION(0.666666687, 0.66666666666666663));
  const real two_thirds_low = splat(BY_PRECISION(-1.98682155e-8, 3.7007434154171883e-17));
  mask subnormal = lt(x, splat(BY_PRECISION(1.17549435e-38, 2.2250738585072014e-308)));
  real normal = choose(subnormal, x * splat((scalar)18014398509481984.0), x); /* 2^54 */
  real e = exponent_part(normal) - choose(subnormal, splat(54), zero());
  real m = mantissa_part(normal);
  mask upper = gt(m, splat((scalar)1.4142135623730951));
  m = choose(upper, m * splat((scalar)0.5), m);
  e = choose(upper, e + splat(1), e);

  /* s = s_high + s_low: the quotient and the correction by its remainder; the sum f + 2 is itself a pair */
  real f = m - splat(1);
  real sum = splat(2) + f, sum_low = f - (sum - splat(2));
  real inverse = splat(1) / sum;
  real s = f * inverse;
  real s_low = fnmadd(s, sum_low, fnmadd(s, sum, f)) * inverse;

  /* the cubic term 2/3 s^3 + s^5 p(s^2), also as a pair */
  real u = s * s, u_low = fmadd(s + s, s_low, fmsub(s, s, u));
  real tail = logarithm_polynomial(u);
  real factor = fmadd(u, tail, two_thirds), factor_low = fmadd(u, tail, two_thirds - factor) + two_thirds_low;
  real cube = s * u, cube_low = fmadd(s, u_low, fmadd(s_low, u, fmsub(s, u, cube)));
  real term = cube * factor;
  real term_low = fmadd(cube, factor_low, fmadd(cube_low, factor, fmsub(cube, factor, term)));

  real power = e * ln2_high, power_low = fmadd(e, ln2_low, fmsub(e, ln2_high, power));
  real first, first_low, second, second_low;
  sum_of_ordered(power, s + s, &first, &first_low);
  sum_of_ordered(first, term, &second, &second_low);
  real rest = (power_low + (s_low + s_low)) + (term_low + first_low) + second_low;
  sum_of_ordered(second, rest, high, low);
}

/* Adds the cases without a pair: NaN below 0 and for NaN, -infinity at 0, infinity at infinity. */
KERNEL real lane_log(real x) {
  real high, low;
  logarithm_pair(x, &high, &low);
  real result = choose(gt(x, zero()), high, choose(eq(x, zero()), -infinity(), not_a_number()));
  return choose(eq(x, infinity()), x, result);
}

/* x^y for x >= 0; NaN for x < 0. x^0 and 1^y are 1, also for infinite x and y. */
KERNEL real lane_pow(real x, real y) {
  /* beyond this size of y every x but 1 gives 0 or infinity; an infinite y would make NaNs below */
  const real enough = splat(BY_PRECISION(1e12, 1e20));
  real exponent = clamp(y, -enough, enough);
  real high, low;
  logarithm_pair(x, &high, &low);
  real product = exponent * high;
  real product_low = fmadd(exponent, low, fmsub(exponent, high, product));
  real result = exponential_of_pair(product, product_low);
  real growing = choose(gt(y, zero()), infinity(), choose(lt(y, zero()), zero(), splat(1)));
  real shrinking = choose(gt(y, zero()), zero(), choose(lt(y, zero()), infinity(), splat(1)));
  result = choose(eq(x, infinity()), growing, choose(eq(x, zero()), shrinking, result));
  result = choose(lt(x, zero()), not_a_number(), result);
  return choose(is_nan(x) | is_nan(y), x + y, result);
}

#endif
