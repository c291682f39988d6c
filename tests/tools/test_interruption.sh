#!/usr/bin/env bash
# Tests that files with final names are whole, whatever ends a run: kill -9, signals, a full disk.
set -uo pipefail
work=$(mktemp -d)
trap 'umount "$work/small" 2> /dev/null; rm -rf "$work"' EXIT
scenario=$MYRIAD_SOURCE/scenarios/ten_thousand_falls.yaml

fail() {
  echo "$*"
  exit 1
}
start() { # DIR: starts a run of small files that is far too long to end by itself; waits for its first files
  "$MYRIAD" run "$scenario" -o "$1" --episodes 1000000 --shard-episodes 16 --progress none --json > "$work/log" 2> "$work/messages" &
  run=$!
  for _ in $(seq 600); do
    [ "$(find "$1" -name '*.h5' 2> /dev/null | wc -l)" -ge 3 ] && return
    sleep 0.05
  done
  fail "no files after 30 s"
}
whole() { # DIR: checks that every file with a final name is good
  "$MYRIAD" verify --partial "$1" > "$work/verified" || fail "$1 is damaged"
}

start "$work/killed"
kill -9 $run
wait $run 2> /dev/null
whole "$work/killed"

for signal in INT TERM HUP USR1 USR2; do
  start "$work/$signal"
  kill -$signal $run
  wait $run
  code=$?
  [ $code = 75 ] || fail "SIG$signal ended the run with $code"
  whole "$work/$signal"
  [ -z "$(find "$work/$signal" -name '*.part')" ] || fail "SIG$signal left an unfinished file"
  grep -q '"complete": false' "$work/log" || fail "SIG$signal: no summary"
done

# A limit on the size of files stands in for a quota.
(
  ulimit -f 1000
  "$MYRIAD" run "$scenario" -o "$work/limited" --episodes 64 --progress none > "$work/log" 2> "$work/messages"
)
code=$?
[ $code = 74 ] || fail "a limit on files ended the run with $code"
[ -z "$(ls "$work/limited")" ] || fail "a limit on files left $(ls "$work/limited")"
grep -q "$work/limited" "$work/messages" || fail "the message names no file"

# A full disk, if this machine allows us to mount one.
mkdir "$work/small"
if mount -t tmpfs -o size=8m myriad-test "$work/small" 2> /dev/null; then
  "$MYRIAD" run "$scenario" -o "$work/small/out" --episodes 256 --shard-episodes 16 --progress none > "$work/log" 2> "$work/messages"
  code=$?
  [ $code = 74 ] || fail "a full disk ended the run with $code"
  [ -z "$(find "$work/small" -name '*.part')" ] || fail "a full disk left an unfinished file"
  grep -q "free some space" "$work/messages" || fail "the message says not what to do"
  whole "$work/small/out"
fi
exit 0
