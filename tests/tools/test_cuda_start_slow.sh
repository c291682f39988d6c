#!/usr/bin/env bash
# Tests the start of episodes on an emulated GPU: the bytes are those of the CPU for every kind of start, only the
# numbers of the episodes are copied to the GPU, and a device that fails meanwhile leaves whole files.
source tests/tools/emulated_gpu.sh
every=tests/scenarios/starts/every.yaml

run() { # CODE DIR ARGUMENTS...: a run that must end with this exit code
  local code=$1 directory=$2
  shift 2
  rm -rf "$directory"
  expect_exit "$code" "$MYRIAD_EMULATED" run $every -o "$directory" --seed 7 --episodes 24 --progress none "$@"
}

# ---------------------------------------------------------------------------------------------- the same bytes
run 0 "$work/cpu" --engine cpu
for shape in "1 1" "1 5" "2 24" "3 7"; do
  read -r threads worlds <<<"$shape"
  run 0 "$work/cuda" --engine cuda --threads "$threads" --worlds "$worlds"
  [[ $("$MYRIAD" digest "$work/cuda") == $("$MYRIAD" digest "$work/cpu") ]] ||
    fail "another digest on $threads threads, $worlds worlds"
done

# ---------------------------------------------------------------------------------------------- the copies
# Two groups of two worlds begin episodes twelve times in all. Besides the inputs, which are copied at every step, each
# of these starts copies only two episode numbers of 8 bytes and the two numbers of their worlds, of 4 bytes. Sections
# of parameters or states are copied only when the batch is created, once for each group.
export EMULATED_CUDA_REPORT=$work/report
run 0 "$work/cuda" --engine cuda --threads 1 --worlds 4
unset EMULATED_CUDA_REPORT
grep -qE '^start_launch: 12 times' "$work/report" || fail "other starts: $(<"$work/report")"
for bytes in 16 8; do
  grep -qx "copies of $bytes bytes to the device: 12" "$work/report" || fail "other numbers: $(<"$work/report")"
done
often=$(sed -n 's/^copies of \([0-9]*\) bytes to the device: \([0-9]*\)$/\1 \2/p' "$work/report" |
  awk '$1 != 16 && $1 != 8 && $2 > 2' | wc -l)
[[ $often == 1 ]] || fail "more than the inputs travels often: $(<"$work/report")"
# The host waits once for each step, for each start, and for each group when the batch is created. Each of these
# launches one kernel that steps or derives, so the counts are equal.
waits=$(sed -n 's/^waits for streams //p' "$work/report")
grep -qE "^device_launch: $waits times" "$work/report" || fail "other waits: $(<"$work/report")"

# ---------------------------------------------------------------------------------------------- a device that fails
# The device fails at the very first start, at one in the middle, and at the kernel that derives fields after it.
run 0 "$work/whole" --engine cuda --threads 1 --worlds 4 --shard-episodes 1
first=3 # after the two launches that derive the fields of the two groups when the batch is created
last=$(sed -n 's/^start_launch: .* last as number //p' "$work/report")
for launch in $first "$last" $((last + 1)); do
  export EMULATED_CUDA=fails:$launch
  run 75 "$work/broken" --engine cuda --threads 1 --worlds 4 --shard-episodes 1
  unset EMULATED_CUDA
  grep -qF "the GPU failed" "$work/printed" || fail "nobody tells of launch $launch: $(tail -1 "$work/printed")"
  files=$(find "$work/broken" -name '*.h5' | wc -l)
  ((files < 24 && (files > 0) == (launch > first))) || fail "$files files after launch $launch failed"
  [[ -z $(find "$work/broken" -name '*.part') ]] || fail "half-written files after launch $launch failed"
  ((files == 0)) || "$MYRIAD" verify --partial "$work/broken" >/dev/null || fail "what launch $launch left is damaged"
done

conclude "episodes begin on the GPU, as on the CPU"
