#!/usr/bin/env bash
# ThreadSanitizer watches the run loop: no thread reads what another writes at that moment. Four threads, pictures, files
# of few episodes and a display of progress, on the engines cpu and mix, and a run that a signal ends. libarcher tells
# ThreadSanitizer how OpenMP's threads wait for each other. For a command of the preset tsan only.
set -uo pipefail
if ! grep -q '^MYRIAD_SANITIZE:.*thread' "$MYRIAD_BUILD/CMakeCache.txt"; then
  echo "this build has no ThreadSanitizer (the preset tsan has): skipped"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "$*"
  tail -n 60 "$work/log" 2>/dev/null
  exit 1
}

openmp=$(ldd "$MYRIAD" | awk '/libomp|libiomp/ { print $3 }')
[ -n "$openmp" ] || fail "the command has gcc's OpenMP, whose waits ThreadSanitizer does not know: configure it by clang"
archer=$(dirname "$(realpath "$openmp")")/libarcher.so
[ -e "$archer" ] || { echo "$archer is missing, and without it OpenMP's waits look like races: skipped"; exit 77; }

# What is not instrumented (OpenMP, libhdf5, MuJoCo, Bullet) is left out, as Archer asks for.
export OMP_TOOL_LIBRARIES=$archer ARCHER_OPTIONS=verbose=1
export TSAN_OPTIONS=ignore_noninstrumented_modules=1:exitcode=66

# A world is a tile of its own, so that each thread has one.
start() { # NAME OPTIONS...: begins a run in the background
  folder=$work/$1
  shift
  "$MYRIAD" run "$MYRIAD_SOURCE/scenarios/falls_seen.yaml" -o "$folder" --threads 4 --worlds 4 --lanes 1 \
    --set "duration=0.3 s" --set "events.push.at=0.1 s" --set "terminate=tilt(robot) > 3 deg" \
    --shard-episodes 4 --progress json "$@" >"$work/log" 2>&1 &
  run=$!
}

finish() { # NAME CODE: the run has ended with that exit code, Archer at work and without a report
  local code
  wait "$run"
  code=$?
  ! grep -q 'WARNING: ThreadSanitizer' "$work/log" || fail "$1: ThreadSanitizer reports:"
  [ "$code" = "$2" ] || fail "$1 ended with $code instead of $2:"
  grep -q '^Archer detected OpenMP' "$work/log" || fail "$1: Archer was not at work:"
}

start cpu --engine cpu --episodes 12
finish cpu 0

if "$MYRIAD" version 2>/dev/null | grep -q '^engines:.* bullet'; then
  start mix --engine mix --episodes 12
  finish mix 0
fi

start interrupted --engine cpu --episodes 100000
for _ in $(seq 1200); do
  [ -z "$(find "$folder" -name '*.h5' 2>/dev/null)" ] || break
  sleep 0.05
done
kill -INT "$run"
finish interrupted 75
