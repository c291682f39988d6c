#!/usr/bin/env bash
# Absurd surroundings end in a message or in the same bytes, never in a crash, a hang or a partial result: variables of
# OpenMP, too few threads, long command lines, FIFOs in the place of files, and a signal while a run is in a step that
# takes minutes. `timeout` only ends hangs.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scene=$MYRIAD_SOURCE/scenarios/cartpole.yaml
failures=0

fail() {
  echo "$*"
  failures=$((failures + 1))
}

# t CODE TEXT COMMAND...: ends with that code and says that text
t() {
  local code=$1 text=$2 got
  shift 2
  timeout 300 "$@" >"$work/out" 2>&1 </dev/null
  got=$?
  [ "$got" = "$code" ] || fail "$* ended with $got instead of $code: $(tail -n 3 "$work/out")"
  grep -qF -- "$text" "$work/out" || fail "$* does not say \"$text\": $(tail -n 3 "$work/out")"
}

run_options=(--episodes 40 --lanes 1 --set "duration=0.2 s" --progress none)

# ---------------------------------------------------------------------------------------------- OpenMP
digest=$("$MYRIAD" run "$scene" -o "$work/plain" "${run_options[@]}" --threads 2 | awk '/^digest/ { print $2 }')
[ -n "$digest" ] || fail "the plain run has no digest"
number=0
for setting in OMP_NUM_THREADS=0 OMP_NUM_THREADS=-1 OMP_NUM_THREADS=abc OMP_NUM_THREADS= OMP_NUM_THREADS=2,x \
  OMP_NUM_THREADS=99999999999999999999 OMP_STACKSIZE=1 OMP_STACKSIZE=-5 OMP_STACKSIZE=junk OMP_THREAD_LIMIT=1 \
  OMP_THREAD_LIMIT=0 OMP_PLACES=junk OMP_PROC_BIND=junk OMP_DYNAMIC=true OMP_MAX_ACTIVE_LEVELS=0 OMP_SCHEDULE=junk \
  GOMP_SPINCOUNT=-1 KMP_AFFINITY=junk OMP_WAIT_POLICY=junk; do
  t 0 "digest $digest" env "$setting" "$MYRIAD" run "$scene" -o "$work/env$((number += 1))" "${run_options[@]}"
done

# Whether threads of a megabyte of gigabytes can be started depends on the machine, so the command may succeed.
timeout 300 env OMP_NUM_THREADS=4 OMP_STACKSIZE=100000G "$MYRIAD" run "$scene" -o "$work/stack" --episodes 8 --lanes 1 \
  --progress none >"$work/out" 2>&1
code=$?
[ $code = 0 ] || { [ $code = 1 ] && grep -q 'of 4 threads can be started' "$work/out"; } ||
  fail "a huge OMP_STACKSIZE ended with $code: $(tail -n 3 "$work/out")"

# ---------------------------------------------------------------------------------------------- command lines
long=$(head -c 70000 /dev/zero | tr '\0' a)
for set in "name=$long" "$long" "$long=1" "entities.$long=3" "duration=0.1 s # $long"; do
  t 2 'longer than 65536 bytes' "$MYRIAD" check "$scene" --set "$set"
done
many=()
for i in $(seq 10000); do many+=(--set "duration=0.1 s"); done
t 2 'at most 64 times' "$MYRIAD" check "$scene" "${many[@]}"

# ---------------------------------------------------------------------------------------------- files
mkfifo "$work/fifo.yaml" "$work/fifo.png"
t 2 'is a FIFO' "$MYRIAD" check "$work/fifo.yaml"
t 2 'is a FIFO' "$MYRIAD" run "$work/fifo.yaml" -o "$work/fifo"
mkdir "$work/folder.yaml"
t 2 'is a directory' "$MYRIAD" check "$work/folder.yaml"
ln -s /dev/zero "$work/zero.yaml"
t 2 'is a device' "$MYRIAD" check "$work/zero.yaml"
t 2 'is a FIFO' "$MYRIAD" check "$scene" --set "world={textures: {a: {file: $work/fifo.png}}}"
[ ! -e "$work/fifo" ] || fail "a run of no scenario has left a folder"

# ---------------------------------------------------------------------------------------------- a signal
# One picture of this run takes minutes. The run ends all the same, and what it leaves can be gone on with.
huge='cameras={a: {position: [0, -4, 1], look_at: [0, 0, 1], size: [8192, 8192], samples: 16}}'
"$MYRIAD" run "$scene" -o "$work/huge" --episodes 100 --set "$huge" --threads 1 --progress none >"$work/out" 2>&1 &
run=$!
for _ in $(seq 1200); do
  [ -z "$(find "$work/huge" -name '*.claim' 2>/dev/null)" ] || break
  sleep 0.05
done
sleep 0.5
kill -TERM $run
wait $run
code=$?
[ $code = 75 ] || fail "a run in a large picture ended with $code instead of 75: $(tail -n 3 "$work/out")"
t 0 'digest' "$MYRIAD" run "$scene" -o "$work/huge" --episodes 100 --set "$huge" --overwrite \
  --set "cameras.a.size=[8, 8]" --set "cameras.a.samples=1" --progress none

[ "$failures" -eq 0 ] || { echo "$failures failures"; exit 1; }
echo "every environment ends in a message or in the same bytes"
