#!/usr/bin/env bash
# No two items of a warp touch the same number between two SYNC()s, one of them to change it: ThreadSanitizer's word.
exec python3 -B "$MYRIAD_SOURCE/tests/kernels/test_missing_sync.py" --races
