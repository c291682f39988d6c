#!/usr/bin/env bash
# Tests engine cuda on an emulated GPU. Its drivers run unchanged, its kernels on warps whose threads take turns in
# random order, and its copies as late as CUDA allows. It must make the same bytes as the CPU, and report its failures.
source tests/tools/emulated_gpu.sh

# expect CODE TEXT COMMAND...: runs a command that must end with this exit code and print the text
expect() {
  local code=$1 text=$2
  shift 2
  expect_exit "$code" "$@"
  grep -qF -- "$text" "$work/printed" || fail "no \"$text\" from: $* : $(tail -2 "$work/printed")"
}
digest_of() { "$MYRIAD" digest "$1"; }

# Compares every bit of every field, for both mappings.
for model in scenarios/assets/*.xml; do
  for mapping in warp thread; do
    expect 0 "equal in every bit" "$MYRIAD_EMULATED" compare "$model" --against cuda --mapping $mapping --worlds 5 \
      --steps 12 --seed 3
  done
done

# A heap that makes more contacts than a world may keep: the GPU has room for the blocks of those that are kept.
{
  printf '%s' '<mujoco><size nconmax="6"/><worldbody><geom type="plane" size="0 0 1"/>'
  for i in 0 1 2 3 4 5; do
    printf '<body pos="%s %s %s"><freejoint/><geom type="box" size=".1 .1 .1"/></body>' "$i"e-2 0 ".$((i + 1))"
  done
  printf '%s' '</worldbody></mujoco>'
} >"$work/heap.xml"
expect 0 "equal in every bit" "$MYRIAD_EMULATED" compare "$work/heap.xml" --against cuda --mapping warp --worlds 2 \
  --steps 40 --seed 3

# Compares whole datasets with their pictures: every shipped scenario, with groups of several sizes.
for scenario in scenarios/*.yaml; do
  name=$(basename "$scenario" .yaml)
  episodes=5
  if grep -q '^cameras:' "$scenario"; then episodes=2; fi
  for engine in cpu cuda; do
    expect 0 "digest" "$MYRIAD_EMULATED" run "$scenario" -o "$work/$name-$engine" --episodes $episodes --seed 7 \
      --set "duration=2 s" --threads 2 --engine $engine --progress none
  done
  [[ $(digest_of "$work/$name-cpu") == "$(digest_of "$work/$name-cuda")" ]] || fail "digests of $name differ"
done
expect 0 "digest" "$MYRIAD_EMULATED" run scenarios/quadruped.yaml -o "$work/one" --episodes 5 --seed 7 \
  --set "duration=2 s" --threads 1 --worlds 2 --engine cuda --progress none
[[ $(digest_of "$work/one") == "$(digest_of "$work/quadruped-cpu")" ]] || fail "the digest depends on the groups"

# Pictures side by side: one wrong bit in a copy's first pixel is reported and marked.
expect 0 "10 pictures by both, 0 of 58592 pixels differ" "$MYRIAD_EMULATED" compare scenarios/falls_seen.yaml \
  --against cuda --worlds 2 --steps 2 -o "$work/same.png"
expect 1 '"equal": true, "pictures": 3, "pixels": 230400, "different_pixels": 3}' env EMULATED_CUDA=damages:100000 \
  "$MYRIAD_EMULATED" compare scenarios/assets/biped.xml --against cuda --worlds 2 --steps 2 --json \
  -o "$work/damaged.png"
expect 2 "--output goes with --against cuda or bullet" "$MYRIAD_EMULATED" compare scenarios/assets/biped.xml \
  --against mujoco -o "$work/none.png"
/usr/bin/python3 -c '
import sys
from PIL import Image
marked = (255, 64, 64)
for path, expected in zip(sys.argv[1:], (0, 3)):
    pixels = list(Image.open(path).convert("RGB").getdata())
    assert pixels.count(marked) >= expected and (expected or marked not in pixels), (path, pixels.count(marked))
' "$work/same.png" "$work/damaged.png" || fail "the sheets do not show what differs"
for engine in cpu cuda; do
  expect 0 "40 pictures" "$MYRIAD_EMULATED" view scenarios/falls_seen.yaml --engine $engine -o "$work/$engine.png"
done
cmp "$work/cpu.png" "$work/cuda.png" || fail "what cpu and GPU show is not the same file"

# The same with tools/gpu-check, and with more worlds with cameras at once.
expect 0 "0 failed" env MYRIAD="$MYRIAD_EMULATED" tools/gpu-check --engine-under-test cuda --short --only images \
  --pictures "$work/kept"
[[ $(grep -cE '^pass    images of .*: 0 of [0-9]+ pixels differ, see ' "$work/printed") == 6 ]] ||
  fail "gpu-check compared other images: $(cat "$work/printed")"
[[ $(find "$work/kept" -name '*.png' | wc -l) == 6 ]] || fail "gpu-check kept other pictures"
expect 1 "4 failed" env MYRIAD="$MYRIAD_EMULATED" EMULATED_CUDA=damages:250000 tools/gpu-check --short --only images \
  --engine-under-test cuda
grep -qE '^fail    images of lidar.yaml: 1 of 65536 pixels differ: exit 1$' "$work/printed" ||
  fail "gpu-check overlooks a pixel: $(cat "$work/printed")"

# A GPU that works is the default engine. Steps whose results nobody reads do not wait.
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
expect 1 "fit (--worlds " env EMULATED_CUDA_MEMORY=3000000 "$MYRIAD_EMULATED" bench scenarios/assets/biped.xml \
  --engine cuda --worlds 100000 --threads 1
most=$(sed -n 's/.*at most \([0-9]*\) fit.*/\1/p' "$work/printed")
expect 0 "steps/s" env EMULATED_CUDA_MEMORY=3000000 "$MYRIAD_EMULATED" bench scenarios/assets/biped.xml \
  --engine cuda --worlds "$most" --threads 1 --steps 2 --rounds 1
expect 1 "fit (--worlds " env EMULATED_CUDA_MEMORY=3000000 "$MYRIAD_EMULATED" bench scenarios/assets/biped.xml \
  --engine cuda --worlds $((most + 1)) --threads 1 --steps 2 --rounds 1

# If the device fails, whole files stay, no half-written file has a final name, and the CPU can finish with the same
# bytes.
mkdir "$work/broken"
expect 75 "the GPU failed" env EMULATED_CUDA=fails:800 "$MYRIAD_EMULATED" run scenarios/quadruped.yaml -o "$work/broken" \
  --episodes 6 --seed 7 --threads 1 --worlds 2 --shard-episodes 1 --engine cuda --progress none
files=$(find "$work/broken" -name '*.h5' | wc -l)
((files > 0 && files < 6)) || fail "$files files after the device failed"
"$MYRIAD" verify --partial "$work/broken" >/dev/null || fail "what a failed device left is not whole"

conclude "the CUDA engine gives the CPU's bytes"
