#!/usr/bin/env bash
# The CUDA engine, on an emulated GPU: its drivers run as they are, its kernels on warps whose threads take turns in
# random order, its copies as late as CUDA allows. Same bytes as the CPU, and honest faults.
set -euo pipefail
if [[ -z ${MYRIAD_EMULATED:-} ]]; then
  echo "no C++ compiler: the emulated GPU is not built"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# expect CODE TEXT COMMAND...: the exit code, and a text in what it prints
expect() {
  local code=$1 text=$2 got=0
  shift 2
  "$@" >"$work/printed" 2>&1 || got=$?
  [[ $got == "$code" ]] || fail "exit $got instead of $code: $* : $(tail -2 "$work/printed")"
  grep -qF -- "$text" "$work/printed" || fail "no \"$text\" from: $* : $(tail -2 "$work/printed")"
}
digest_of() { "$MYRIAD" digest "$1"; }

# Every bit of every field, for both mappings.
for model in scenarios/assets/*.xml; do
  for mapping in warp thread; do
    expect 0 "equal in every bit" "$MYRIAD_EMULATED" compare "$model" --against cuda --mapping $mapping --worlds 5 \
      --steps 12 --seed 3
  done
done

# Whole datasets, pictures too: every shipped scenario, in groups of several sizes.
for scenario in scenarios/*.yaml; do
  name=$(basename "$scenario" .yaml)
  episodes=5
  if grep -q '^cameras:' "$scenario"; then episodes=2; fi
  for engine in cpu cuda; do
    expect 0 "digest" "$MYRIAD_EMULATED" run "$scenario" -o "$work/$name-$engine" --episodes $episodes --seed 7 \
      --threads 2 --engine $engine --progress none
  done
  [[ $(digest_of "$work/$name-cpu") == "$(digest_of "$work/$name-cuda")" ]] || fail "digests of $name differ"
done
expect 0 "digest" "$MYRIAD_EMULATED" run scenarios/quadruped.yaml -o "$work/one" --episodes 5 --seed 7 --threads 1 \
  --worlds 2 --engine cuda --progress none
[[ $(digest_of "$work/one") == "$(digest_of "$work/quadruped-cpu")" ]] || fail "the digest depends on the groups"

# A GPU that answers is the default; steps that nobody looks at run on.
expect 0 '"engine": "cuda"' "$MYRIAD_EMULATED" bench scenarios/assets/cartpole.xml --worlds 9 --steps 40 --rounds 2 --json
expect 0 '"engine": "cpu"' "$MYRIAD_EMULATED" bench scenarios/assets/cartpole.xml --worlds 9 --steps 40 --rounds 2 \
  --json --lanes 1
expect 0 "engines: cuda cpu" "$MYRIAD_EMULATED" version

# Faults.
export EMULATED_CUDA=absent
expect 69 "libcuda.so.1" "$MYRIAD_EMULATED" run scenarios/cartpole.yaml -o "$work/absent" --engine cuda
expect 0 '"engine": "cpu"' "$MYRIAD_EMULATED" bench scenarios/assets/cartpole.xml --worlds 9 --steps 40 --rounds 2 --json
unset EMULATED_CUDA
expect 2 "leave it out with --engine cuda" "$MYRIAD_EMULATED" run scenarios/cartpole.yaml -o "$work/lanes" \
  --engine cuda --lanes 8
expect 2 "fit (--worlds)" env EMULATED_CUDA_MEMORY=3000000 "$MYRIAD_EMULATED" bench scenarios/assets/biped.xml \
  --engine cuda --worlds 100000 --threads 1
most=$(sed -n 's/.*at most \([0-9]*\) fit.*/\1/p' "$work/printed")
expect 0 "steps/s" env EMULATED_CUDA_MEMORY=3000000 "$MYRIAD_EMULATED" bench scenarios/assets/biped.xml \
  --engine cuda --worlds "$most" --threads 1 --steps 2 --rounds 1
expect 2 "fit (--worlds)" env EMULATED_CUDA_MEMORY=3000000 "$MYRIAD_EMULATED" bench scenarios/assets/biped.xml \
  --engine cuda --worlds $((most + 1)) --threads 1 --steps 2 --rounds 1

# A device that fails: whole files stay, nothing half-written has a final name, and the CPU finishes to the same bytes.
mkdir "$work/broken"
expect 75 "the GPU failed" env EMULATED_CUDA=fails:400 "$MYRIAD_EMULATED" run scenarios/quadruped.yaml -o "$work/broken" \
  --episodes 6 --seed 7 --threads 1 --worlds 2 --shard-episodes 1 --engine cuda --progress none
files=$(find "$work/broken" -name '*.h5' | wc -l)
((files > 0 && files < 6)) || fail "$files files after the device failed"
"$MYRIAD" verify "$work/broken" >/dev/null || fail "what a failed device left is not whole"

((failures == 0)) && echo "the CUDA engine gives the CPU's bytes"
exit $((failures > 0))
