#define LANES 1
#define MYR_DOUBLE
#include "kernels/lane/elementary.h"

#include "sim/deterministic_math.h"

double portable_sin(double x) { return lane_sin(x); }
double portable_cos(double x) { return lane_cos(x); }
double portable_atan2(double y, double x) { return lane_atan2(y, x); }
double portable_exp(double x) { return lane_exp(x); }
double portable_log(double x) { return lane_log(x); }
double portable_pow(double x, double y) { return lane_pow(x, y); }
double portable_sqrt(double x) { return square_root(x); }
