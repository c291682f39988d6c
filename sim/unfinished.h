/* Floor 2, public: files and folders that must not outlive the program unfinished. Their owners note them here and take
 * the note back; a program that a signal ends removes those that are still noted. */
#ifndef MYR_UNFINISHED_H
#define MYR_UNFINISHED_H

/* Notes a path, which must exist already and be our own. Returns the note; -1 where there is no room for one, and the path
 * then stays behind if a signal ends the program. Any thread may call it. */
int myr_unfinished_note(const char *path);
void myr_unfinished_forget(int note); /* -1 is fine */

/* Removes all that is noted: files, and folders with the files in them. A signal handler may call it, also while other
 * threads still write there. */
void myr_unfinished_remove(void);

#endif
