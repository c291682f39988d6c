/* Finds the name that a misspelt one probably means. */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "scenarios/document.h"

int myr_edit_distance(const char *a, const char *b) {
  size_t m = strlen(a), n = strlen(b);
  if (m > MYR_EDIT_LENGTH || n > MYR_EDIT_LENGTH) return INT_MAX;
  int row[3][MYR_EDIT_LENGTH + 1];
  for (size_t j = 0; j <= n; j++) row[0][j] = (int)j;
  for (size_t i = 1; i <= m; i++) {
    int *now = row[i % 3], *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];
    now[0] = (int)i;
    for (size_t j = 1; j <= n; j++) {
      int best = before[j - 1] + (a[i - 1] != b[j - 1]);
      if (before[j] + 1 < best) best = before[j] + 1;
      if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && earlier[j - 2] + 1 < best) {
        best = earlier[j - 2] + 1;
      }
      now[j] = best;
    }
  }
  return row[m % 3][n];
}

void suggestion_offer(suggestion *suggestion, const char *name) {
  if (!name || !name[0]) return;
  int distance = strcasecmp(suggestion->wanted, name) ? myr_edit_distance(suggestion->wanted, name) : 0;
  if (!suggestion->best || distance < suggestion->distance) {
    suggestion->best = name;
    suggestion->distance = distance;
  }
}

bool suggestion_is_near(const suggestion *suggestion) {
  /* A word of two or three letters is two edits away from anything. */
  return suggestion->best && suggestion->distance <= (strlen(suggestion->wanted) > 3 ? 2 : 1);
}

bool suggestion_hint(const suggestion *suggestion, myr_diagnostic *diagnostic) {
  if (!suggestion_is_near(suggestion)) return false;
  diagnose_hint(diagnostic, "did you mean `%s`?", suggestion->best);
  return true;
}
