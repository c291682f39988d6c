/* Text that any terminal may print. */
#ifndef MYR_PLAIN_TEXT_H
#define MYR_PLAIN_TEXT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Replaces control characters, which would reach the user's terminal: names of elements and files come from strangers. */
void myr_plain_text(char *text);

#ifdef __cplusplus
}
#endif
#endif
