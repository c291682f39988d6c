#!/usr/bin/env bash
# Tests that the NEON kernels compile: on an Arm machine with its own compiler, elsewhere with a cross compiler if one
# is installed (Debian: gcc-aarch64-linux-gnu).
set -euo pipefail
compiler=aarch64-linux-gnu-gcc
[ "$(uname -m)" != aarch64 ] || compiler=${CC:-cc}
command -v "$compiler" >/dev/null || { echo "skipped: no $compiler"; exit 77; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for unit in step/lanes_4 raster/raster_lanes_4; do
  "$compiler" -std=gnu17 -O1 -Wall -Wextra -Wno-psabi -Werror -D_GNU_SOURCE -ffp-contract=off -fno-math-errno \
    -I"$MYRIAD_SOURCE" -c "$MYRIAD_SOURCE/kernels/$unit.c" -o "$out/${unit##*/}.o"
done
echo "the NEON kernels compile"
