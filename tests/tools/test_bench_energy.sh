#!/usr/bin/env bash
# Tests `myriad bench` on a machine whose processor counts energy, and on one whose processor does not. The counter is
# made up: a folder is mounted over /sys/class, if this machine allows that, and a process advances the counter while
# the benchmark runs.
set -euo pipefail
unshare -rm true 2>/dev/null || { echo "skipped: no mount namespaces here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
zone=$work/class/powercap/intel-rapl:0
mkdir -p "$zone"
echo package-0 >"$zone/name"
echo 262143328850 >"$zone/max_energy_range_uj"
echo 1000000 >"$zone/energy_uj"

bench() { # [options]: runs the benchmark with the made-up /sys/class
  # shellcheck disable=SC2016 # the inner shell expands them
  unshare -rm sh -c 'mount --bind "$0" /sys/class && exec "$@"' "$work/class" "$MYRIAD" bench \
    "$MYRIAD_SOURCE/scenarios/cartpole.yaml" --worlds 64 --rounds 2 "$@"
}
bench --steps 10 >"$work/log" 2>&1 || { cat "$work/log"; echo "skipped: nothing can be laid over /sys/class"; exit 77; }

# A counter that does not advance during the run gives no number.
bench --steps 10 --json | grep -q '"joules_per_million_steps": null' || { echo "a number without energy"; exit 1; }
bench --steps 10 | grep 'J per million steps' && { echo "a line without energy"; exit 1; }

# Each number overwrites the last one and has the same length, so that no reader sees half a number.
first=100000000000
(
  for ((energy = first; ; energy += 500000)); do
    printf '%s\n' $energy 1<>"$zone/energy_uj"
    sleep 0.01
  done
) &
counter=$!
trap 'kill $counter 2>/dev/null; rm -rf "$work"' EXIT
steps=20000 # a round takes far longer than one advance of the counter
bench --steps $steps --json >"$work/json"
turned=$(($(<"$zone/energy_uj") - first))
bench --steps $steps >"$work/text"
joules=$(sed -n 's/.*"joules_per_million_steps": \([0-9.e+-]*\).*/\1/p' "$work/json")
# The energy of two rounds of 64 worlds is more than nothing, and no more than the counter advanced meanwhile.
awk -v joules="$joules" -v steps=$steps -v turned=$turned 'BEGIN {
  counted = joules / 1e6 * 64 * 2 * steps
  printf "%s J per million steps: %.3f of %.3f J\n", joules, counted, turned / 1e6
  exit !(counted > 0 && counted <= turned / 1e6)
}'
grep -q 'energy of the processor: [0-9.e+-]* J per million steps' "$work/text"
