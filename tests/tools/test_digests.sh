#!/usr/bin/env bash
# Tests that the shipped scenarios still make the episodes whose digests are in digests.txt, so that no change moves a
# byte unnoticed.
set -euo pipefail
kept=$MYRIAD_SOURCE/tests/tools/digests.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

grep '^#' "$kept" >"$work/found"
"$MYRIAD_SOURCE/tools/digests" "$MYRIAD" >>"$work/found"

if [ -n "${MYRIAD_WRITE_GOLDEN:-}" ]; then cp "$work/found" "$kept"; fi
diff -u "$kept" "$work/found"

# tools/digests says so if two programs make the same files, and it finds a program that makes different ones.
cat >"$work/other" <<END
#!/usr/bin/env bash
[ "\$1" = run ] && shift && exec "$MYRIAD" run "\$@" --seed 77
exec "$MYRIAD" "\$@"
END
chmod +x "$work/other"
"$MYRIAD_SOURCE/tools/digests" "$MYRIAD" "$MYRIAD" >"$work/both"
[ "$(grep -c '^same ' "$work/both")" -eq "$(grep -vc '^#' "$kept")" ] || { cat "$work/both"; exit 1; }
if "$MYRIAD_SOURCE/tools/digests" "$MYRIAD" "$work/other" >"$work/both"; then cat "$work/both"; exit 1; fi
[ "$(grep -c '^DIFFERS ' "$work/both")" -eq "$(grep -vc '^#' "$kept")" ] || { cat "$work/both"; exit 1; }
