#!/usr/bin/env bash
# Tests threads that work with two groups of worlds, on an emulated GPU that does everything as late as CUDA allows. The
# groups must overlap, and the data must be the same for any number of groups and any end of the run.
source tests/tools/emulated_gpu.sh

run() { # CODE DIR SCENARIO ARGUMENTS...: a run that must end with this exit code
  local code=$1 directory=$2 scenario=$3
  shift 3
  expect_exit "$code" "$MYRIAD_EMULATED" run "scenarios/$scenario.yaml" -o "$directory" --seed 7 --progress none "$@"
}
digest_of() { "$MYRIAD" digest "$1"; }
whole() { # DIR: checks that a run that ended early left some files there, and that they are whole
  [[ -n $(find "$1" -name '*.h5') && -z $(find "$1" -name '*.part') ]] || fail "in $1: $(ls "$1")"
  "$MYRIAD" verify --partial "$1" >/dev/null || fail "$1 is damaged"
}

# ---------------------------------------------------------------------------------------------- the same bytes
# The numbers of threads and worlds give one group, two groups of one thread, two of different sizes, fewer groups than
# threads, an odd number of groups, and groups that take episodes more than once.
same_bytes() { # SCENARIO EPISODES ARGUMENTS...
  local name=$1 episodes=$2 expected threads worlds
  shift 2
  run 0 "$work/$name" "$name" --episodes "$episodes" --engine cpu "$@"
  expected=$(digest_of "$work/$name")
  while read -r threads worlds; do
    rm -rf "$work/out"
    run 0 "$work/out" "$name" --episodes "$episodes" --engine cuda --threads "$threads" \
      --worlds "$worlds" "$@"
    [[ $(digest_of "$work/out") == "$expected" ]] || fail "$name: another digest on $threads threads, $worlds worlds"
  done <<<$'1 1\n1 2\n1 3\n4 2\n2 3\n3 8'
}
same_bytes ten_thousand_falls 8 --set "duration=1 s"
# From near upright and without control, the episodes end one by one, after 20 control steps or so.
same_bytes cartpole 9 --set "terminate=tilt(cart.pole) > 12 deg" \
  --set "entities.cart.start={keyframe: upright, joint_noise: {uniform: [-5 deg, 5 deg]}}"
same_bytes falls_seen 5 --set "duration=500 ms" --set "cameras.side.size=[24, 24]" --set cameras.side.samples=1 \
  --set "cameras.head.size=[16, 16]" --set sensors.chest.columns=10

# ---------------------------------------------------------------------------------------------- they do overlap
short=(--set "duration=1.5 s") # the emulated GPU is slow
for worlds in 1 2; do # in as many groups, which the only thread has all under way at once
  export EMULATED_CUDA_REPORT=$work/report
  rm -rf "$work/out"
  run 0 "$work/out" quadruped "${short[@]}" --episodes 6 --shard-episodes 1 --engine cuda --threads 1 --worlds $worlds
  unset EMULATED_CUDA_REPORT
  grep -qx "streams at work at once $worlds" "$work/report" || fail "$worlds groups: $(<"$work/report")"
done
launches=$(sed -n 's/launches //p' "$work/report")

# ---------------------------------------------------------------------------------------------- early ends
# The device fails while it steps the one group or the other.
for launch in $((launches / 2)) $((launches / 2 + 1)) $((launches - 1)); do
  for threads in 1 2; do
    export EMULATED_CUDA=fails:$launch
    rm -rf "$work/broken"
    run 75 "$work/broken" quadruped "${short[@]}" --overwrite --episodes 6 --shard-episodes 1 --engine cuda --threads $threads \
      --worlds 2
    unset EMULATED_CUDA
    grep -qF "the GPU failed" "$work/printed" || fail "nobody tells of launch $launch: $(tail -1 "$work/printed")"
    whole "$work/broken"
    [[ $(find "$work/broken" -name '*.h5' | wc -l) -lt 6 ]] || fail "nothing is missing after launch $launch failed"
  done
done

# Signals arrive while both groups are under way.
for signal in INT TERM; do
  "$MYRIAD_EMULATED" run scenarios/ten_thousand_falls.yaml -o "$work/$signal" --episodes 100000 --shard-episodes 1 \
    --engine cuda --threads 1 --worlds 2 --progress none >"$work/printed" 2>&1 &
  run=$!
  for _ in $(seq 600); do
    [[ $(find "$work/$signal" -name '*.h5' 2>/dev/null | wc -l) -lt 2 ]] || break
    sleep 0.05
  done
  kill -$signal $run
  code=0
  wait $run || code=$?
  [[ $code == 75 ]] || fail "SIG$signal ended the run with $code"
  grep -qF "stopped after" "$work/printed" || fail "SIG$signal: $(tail -1 "$work/printed")"
  whole "$work/$signal"
done

conclude "groups overlap, and nobody sees it"
