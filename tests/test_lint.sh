#!/bin/bash
# Tests that clang-tidy, with the checks of .clang-tidy, has no findings in the sources. It also tests the checks: each
# kind of check must find its mistake in a file that is made for it.
set -u -o pipefail
cd "${MYRIAD_SOURCE:?}" || exit 1
linter=$(tools/lint --which) || { echo "clang-tidy 14 was not found: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp .clang-tidy "$work/"
cat >"$work/wrong.c" <<'END'
#include <stddef.h>
#include "kernels/status.h"
int deep(int a) {
  if (a > 1) { if (a > 2) { if (a > 3) { if (a > 4) { if (a > 5) { return 2; } } } } }
  return 1;
}
int narrow(long n) {
  int sum = 0;
  for (short i = 0; i < n; i++) sum += i;
  return sum;
}
static myr_status look(int *found, int flag, myr_error *error) {
  if (flag) return myr_fail(error, MYR_INVALID, "none");
  *found = 1;
  return MYR_OK;
}
int never_unset(int flag) {
  int found;
  return look(&found, flag, NULL) == MYR_OK ? found : 0;
}
int unset(int flag) {
  int found;
  look(&found, flag, NULL);
  return found;
}
END
found=$("$linter" --quiet "$work/wrong.c" -- -I. 2>/dev/null |
  sed -n 's/.*wrong\.c:\([0-9]*\):.* error: .*\[\([^],]*\).*/\1 \2/p' | paste -sd ',')
expected='3 readability-function-size,9 bugprone-too-small-loop-variable,24 clang-analyzer-core.uninitialized.UndefReturn'
[ "$found" = "$expected" ] || { echo "of a file with three faults it says: $found" >&2; exit 1; }

tools/lint >"$work/found" || { cat "$work/found" >&2; exit 1; }
[ ! -s "$work/found" ] || { cat "$work/found" >&2; exit 1; }
echo "no finding of $linter"
