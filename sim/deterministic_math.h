/* Elementary functions that give the same bits on every machine: kernels/lane/elementary.h in double precision. */
#ifndef MYR_DETERMINISTIC_MATH_H
#define MYR_DETERMINISTIC_MATH_H

double portable_sin(double x);
double portable_cos(double x);
double portable_atan2(double y, double x);
double portable_exp(double x);
double portable_log(double x);
double portable_pow(double x, double y); /* x >= 0 */
double portable_sqrt(double x);          /* correctly rounded */

#endif
