#!/usr/bin/env bash
# The shipped scenarios still make the episodes of which digests.txt keeps the digests: no change moves a byte unseen.
set -euo pipefail
kept=$MYRIAD_SOURCE/tests/tools/digests.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each version of the reader compiles models a little differently.
reader=$("$MYRIAD" version | sed -n 's/^reader //p')
[ "$reader" = "MuJoCo 3.3.7" ] || { echo "the digests are of MuJoCo 3.3.7, not $reader: skipped"; exit 77; }

grep '^#' "$kept" >"$work/found"
while read -r _ scenario options; do
  # shellcheck disable=SC2086 # options are words
  "$MYRIAD" run "$MYRIAD_SOURCE/scenarios/$scenario.yaml" -o "$work/out" --overwrite --progress none $options \
    >"$work/log" 2>&1 </dev/null || { cat "$work/log"; exit 1; }
  echo "$("$MYRIAD" digest "$work/out") $scenario $options" >>"$work/found"
done < <(grep -v '^#' "$kept")

if [ -n "${MYRIAD_WRITE_GOLDEN:-}" ]; then cp "$work/found" "$kept"; fi
diff -u "$kept" "$work/found"
