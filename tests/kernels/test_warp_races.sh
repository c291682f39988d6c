#!/usr/bin/env bash
# Tests with ThreadSanitizer that no item of a warp writes a number that another item reads or writes between the same
# two SYNC()s.
exec python3 -B "$MYRIAD_SOURCE/tests/kernels/test_missing_sync.py" --races
