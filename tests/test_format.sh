#!/bin/bash
# Tests that every C, C++ and CUDA source has the layout of .clang-format. Versions of clang-format differ, so only
# version 14 counts. `tools/format` rewrites the files that this test names.
set -u -o pipefail
cd "${MYRIAD_SOURCE:?}" || exit 1
formatter=$(tools/format --which) || { echo "clang-format 14 was not found: skipped"; exit 77; }
unformatted=$(tools/format --check)
status=$?
[ "$status" -eq 0 ] && [ -z "$unformatted" ] && { echo "all sources are formatted by $formatter"; exit 0; }
printf '%s\n' "not formatted; run tools/format:" "$unformatted" >&2
exit 1
