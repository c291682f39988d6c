/* Floor 2, public: order statistics of a few numbers. */
#ifndef MYR_STATISTICS_H
#define MYR_STATISTICS_H

/* Sorts in place. */
void myr_sort_ascending(double *values, int count);

/* The median; of an even number of values the mean of the middle two; of none 0. It sorts the values in place. */
double myr_median(double *values, int count);

#endif
