/* Floor 2, public: order statistics of a few numbers. */
#ifndef MYR_STATISTICS_H
#define MYR_STATISTICS_H

/* In place. */
void myr_sort_ascending(double *values, int count);

/* Sorts the values too. The mean of the two in the middle where their number is even; 0 of none. */
double myr_median(double *values, int count);

#endif
