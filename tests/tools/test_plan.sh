#!/usr/bin/env bash
# Tests `myriad plan`: what a run takes lies in the range that it predicts from a few episodes, pictures of every n-th
# episode included, and nothing of the sample is left. A run beyond the machine's memory is refused before it makes
# anything, and the number of worlds that fit does fit.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "$*"
  exit 1
}
number() { sed -n "s/.*\"$2\": \([-0-9.e+]*\|true\|false\|null\)[,}].*/\1/p" <<<"$1"; } # JSON KEY

cp -r "$MYRIAD_SOURCE/scenarios/assets" "$work"
# Pictures are seven tenths of its bytes, and only episodes 0, 5, 10, ... have any.
cat >"$work/seen.yaml" <<'END'
version: 1
name: seen
duration: 0.5 s
episodes: 40
entities:
  cart: {model: assets/cartpole.xml, start: {joint_noise: {uniform: [-180 deg, 180 deg]}}}
cameras:
  eye: {position: [0 m, -3 m, 1 m], look_at: [0 m, 0 m, 0.5 m], size: [32, 32], outputs: [rgb], episodes_every: 5}
END
check() { # SCENE EPISODES SAMPLE: runs, and compares with the plan
  local plan run bytes low high
  mkdir "$work/temporary"
  TMPDIR="$work/temporary" "$MYRIAD" plan "$1" --episodes "$2" --sample "$3" --json >"$work/plan" &
  wait $!
  [ -z "$(find /dev/shm -maxdepth 1 -name "myriad-plan-$!-*" 2>/dev/null)" ] || fail "$1: the sample is in /dev/shm"
  plan=$(<"$work/plan")
  run=$("$MYRIAD" run "$1" --episodes "$2" -o "$work/out" --progress none --json)
  rmdir "$work/temporary" || fail "$1: the sample is still there"
  bytes=$(number "$run" bytes) low=$(number "$plan" likely_bytes_low) high=$(number "$plan" likely_bytes_high)
  awk -v b="$bytes" -v l="$low" -v h="$high" 'BEGIN { exit !(l <= b && b <= h) }' ||
    fail "$1: $bytes bytes, and the plan says $low to $high"
  [ "$(number "$plan" sampled_episodes)" -le "$3" ] || fail "$1: more episodes than asked for: $plan"
  echo "$(basename "$1"): $bytes bytes, planned $low to $high"
  rm -rf "$work/out"
}
check "$MYRIAD_SOURCE/scenarios/cartpole.yaml" 300 64
check "$MYRIAD_SOURCE/scenarios/cartpole.yaml" 1 64
check "$work/seen.yaml" 40 10
check "$work/seen.yaml" 3 64 # all of them
said=$("$MYRIAD" plan "$work/seen.yaml" --sample 10)
grep -q '^sampled   10 episodes' <<<"$said" || fail "$said"
said=$("$MYRIAD" plan "$work/seen.yaml" --sample 0)
! grep -q 'sampled' <<<"$said" && grep -q 'if no episode ends early, before compression' <<<"$said" || fail "$said"

# Memory: ulimit -v is a limit that any test may set.
falls=$MYRIAD_SOURCE/scenarios/ten_thousand_falls.yaml
huge=("$falls" --episodes 999999999 --worlds 16777216)
limited() { (ulimit -v 8000000; timeout 60 "$MYRIAD" "$@"); }
if ! limited version >/dev/null 2>&1; then
  echo "a sanitizer takes all address space, so no limit can be set"
  exit
fi
code=0
limited run "${huge[@]}" -o "$work/out" >"$work/said" 2>&1 || code=$?
[ $code = 1 ] || fail "a run beyond the memory ends with $code: $(cat "$work/said")"
fitting=$(sed -n 's/.*of memory, and .* has .* GB free: at most [0-9]* fit (--worlds \([0-9]*\)).*/\1/p' "$work/said")
[ -n "$fitting" ] || fail "no number of worlds fits: $(cat "$work/said")"
[ ! -e "$work/out" ] || fail "a refused run made a folder"
plan=$(limited plan "${huge[@]}" --sample 0 --json)
[ "$(number "$plan" fits)" = false ] || fail "$plan"
limited plan "${huge[@]}" --sample 0 | grep -q '^memory    TOO MUCH' || fail "no mark"
fewer() { limited plan "$falls" --episodes 999999999 --worlds "$1" --sample 0 --json; }
# Addresses of libraries differ between calls, so allow one part in a thousand.
[ "$(number "$(fewer $((fitting - fitting / 1000)))" fits)" = true ] || fail "$fitting worlds do not fit"
[ "$(number "$(fewer $((fitting + fitting / 1000 + 16)))" fits)" = false ] || fail "more than $fitting worlds fit"

# The machine's memory, where a file can be mounted over /proc/meminfo.
echo 'MemAvailable: 1000 kB' >"$work/meminfo"
if unshare -rm mount --bind "$work/meminfo" /proc/meminfo 2>/dev/null; then
  code=0
  # shellcheck disable=SC2016 # the inner shell expands them
  unshare -rm sh -c 'mount --bind "$0" /proc/meminfo && exec timeout 60 "$@"' "$work/meminfo" "$MYRIAD" run \
    "$MYRIAD_SOURCE/scenarios/cartpole.yaml" --set duration="1000 s" -o "$work/out" >"$work/said" 2>&1 || code=$?
  [ $code = 1 ] && grep -q 'this machine has 0.00102 GB free' "$work/said" || fail "$code: $(cat "$work/said")"
  echo "checked with another /proc/meminfo"
fi
