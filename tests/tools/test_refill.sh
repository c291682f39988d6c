#!/usr/bin/env bash
# Tests that a world whose episode has ended takes the next one at once. If episodes end early, nearly all timesteps of
# the worlds and lanes still belong to an episode, on every engine. The bytes do not depend on the worlds that run the
# episodes.
set -euo pipefail
cd "${MYRIAD_SOURCE:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scenario=scenarios/cartpole.yaml # most episodes end early, after 188 of 250 control steps on average
episodes=400                     # 12 for each world, so that the wait for the last ones costs less than 5 %

fail() {
  echo "$*" >&2
  exit 1
}

# PROGRAM ARGUMENTS...: prints the digest and the recorded share of the timesteps. Runs on one thread, so that the share
# is the same every time.
measure() {
  "$1" run $scenario -o "$work/data" --overwrite --progress none --json --threads 1 \
    --episodes $episodes "${@:2}" >"$work/summary"
  sed -n 's/.*"recorded_share": \([0-9.]*\).*"digest": "\([0-9a-f]*\)".*/\2 \1/p' "$work/summary"
}

read -r expected share < <(measure "$MYRIAD" --worlds 32)
check() { # NAME DIGEST SHARE
  awk -v share="$3" 'BEGIN { exit !(share >= 0.95 && share <= 1) }' || fail "$1: only $3 of the timesteps are recorded"
  [ -z "$2" ] || [ "$2" = "$expected" ] || fail "$1: digest $2, not $expected"
  echo "$1: $3 of the timesteps are recorded"
}
check cpu "$expected" "$share"
if "$MYRIAD" --version | grep -q '^engines:.*bullet'; then
  for engine in bullet mix; do
    read -r _ share < <(measure "$MYRIAD" --worlds 32 --engine $engine)
    check $engine "" "$share"
  done
fi
if [ -x "${MYRIAD_EMULATED:-}" ]; then
  # Few episodes, because the emulated GPU is slow.
  few=(--worlds 2 --episodes 32)
  read -r of_cpu _ < <(measure "$MYRIAD" "${few[@]}")
  read -r digest share < <(measure "$MYRIAD_EMULATED" "${few[@]}" --engine cuda)
  [ "$digest" = "$of_cpu" ] || fail "cuda, emulated: digest $digest, not $of_cpu"
  check "cuda, emulated" "" "$share"
fi

# With other numbers of worlds, lanes and threads, episodes run in other worlds, beside other episodes.
for shape in "1 1 8" "5 1 8" "33 3 1" "100 2 8"; do
  read -r worlds threads lanes <<<"$shape"
  "$MYRIAD" run $scenario -o "$work/data" --overwrite --progress none --episodes $episodes --worlds "$worlds" \
    --threads "$threads" --lanes "$lanes" >"$work/log" 2>&1 || { grep -q 'lanes' "$work/log" && continue; fail "$(<"$work/log")"; }
  digest=$("$MYRIAD" digest "$work/data")
  [ "$digest" = "$expected" ] || fail "--worlds $worlds --threads $threads --lanes $lanes: digest $digest, not $expected"
done
